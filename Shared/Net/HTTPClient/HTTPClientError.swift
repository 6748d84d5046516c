import Cryptography
import Glibc
import HTTP

/// Why a request received no response. A response of any status, also 500, is not an error here.
package enum HTTPClientError: Error, Sendable, Hashable {
  /// The text is not `http://host[:port][/path][?query]`, or the same with `https`.
  case invalidURL
  /// The URL's scheme is another than http and https.
  case unsupportedScheme(String)
  case unknownHost(String)
  /// The name servers gave no answer before the deadline.
  case unresolved(host: String)
  /// The caller's filter admits none of the host's addresses.
  case addressRefused(host: String)
  case cannotConnect(host: String, port: UInt16, errno: Int32)
  /// The deadline passed.
  case timedOut
  /// The connection broke while the client sent the request or read the response.
  case connectionLost(errno: Int32)
  /// The encrypted connection could not be made, or broke.
  case encryption(TLSError)
  /// The response is not HTTP, is larger than the limit, or ended too early.
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
    case .unresolved(let host): "The name servers gave no answer about the host \(host) in time."
    case .addressRefused(let host): "No address of the host \(host) is admitted."
    case .cannotConnect(let host, let port, let code):
      "Cannot connect to \(host):\(port): \(String(cString: strerror(code)))."
    case .timedOut: "The answer did not come in time."
    case .connectionLost(let code): "The connection broke: \(String(cString: strerror(code)))."
    case .encryption(let error): "No encrypted connection: \(error)."
    case .badResponse(let error): "The answer cannot be read: \(error)"
    case .busy: "Too many requests are in flight."
    }
  }
}
