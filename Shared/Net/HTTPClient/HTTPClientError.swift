import HTTP

/// Why a request got no answer. An answer of any status, 500 too, is not an error here.
package enum HTTPClientError: Error, Sendable, Hashable {
  /// The text is not `http://host[:port][/path][?query]`.
  case invalidURL
  /// The URL's scheme is another than http.
  case unsupportedScheme(String)
  case unknownHost(String)
  case cannotConnect(host: String, port: UInt16, errno: Int32)
  /// The deadline passed.
  case timedOut
  /// The connection broke while the request was sent or the answer read.
  case connectionLost(errno: Int32)
  /// The answer is not HTTP, is larger than the limit, or ended too early.
  case badResponse(ParseError)
  /// Too many requests are in flight in this process.
  case busy
}

extension HTTPClientError: CustomStringConvertible {
  /// A sentence for people; it repeats nothing of headers or bodies.
  package var description: String {
    switch self {
    case .invalidURL: "The URL is not valid."
    case .unsupportedScheme(let scheme): "The scheme \(scheme) is not supported."
    case .unknownHost(let host): "The host \(host) is not known."
    case .cannotConnect(let host, let port, let code): "Cannot connect to \(host):\(port) (errno \(code))."
    case .timedOut: "The answer did not come in time."
    case .connectionLost(let code): "The connection broke (errno \(code))."
    case .badResponse(let error): "The answer cannot be read: \(error)"
    case .busy: "Too many requests are in flight."
    }
  }
}
