import Clock
import Cryptography
import EventLoop
import HTTP

/// Whether a request may go to an address, which is given in numbers (`192.0.2.1`, `2001:db8::1`).
package typealias AddressFilter = @Sendable (_ address: String) -> Bool

/// A small HTTP/1.1 client, for webhooks, the operator's tool, health probes, key sets and tests.
///
/// It blocks on a thread of its own and opens one connection for each request: it is short and correct, and not made
/// for load. It follows no redirects, because the caller decides where a request goes.
package enum HTTPClient {
  /// How long a request may take in all, by default.
  package static let defaultTimeoutMilliseconds = 5_000
  /// How large a response's body may be, by default.
  package static let defaultResponseBytes = 16 << 20
  /// The bytes of one read.
  private static let readBytes = 64 << 10
  /// The system's resolver.
  package static let systemLookUp: HostLookUp = { HostNames.system($0) }

  /// Sends a request and waits for the whole response.
  ///
  /// - Parameters:
  ///   - url: `http://host[:port][/path][?query]`, or the same with `https`.
  ///   - headers: Host, Content-Length and Connection are the client's own.
  ///   - timeoutMilliseconds: For resolving the name, connecting, sending and receiving together.
  ///   - maximumResponseBytes: A larger body is an error.
  ///   - verification: How a server of `https` is verified; by default with the system's authorities.
  ///   - identity: The certificate that the client presents when a server demands one.
  ///   - lookUp: Finds the addresses of a name; by default the system's resolver.
  ///   - admits: Decides about each address that the host's name has; nil admits all.
  ///   - queue: The threads that block; the process's own by default, which are few.
  package static func send(
    _ method: Method, _ url: String, headers: Headers = Headers(), body: [UInt8] = [],
    timeoutMilliseconds: Int = defaultTimeoutMilliseconds, maximumResponseBytes: Int = defaultResponseBytes,
    verification: TLSVerification = .full(authorityFile: nil), identity: CertificateFiles? = nil,
    by lookUp: @escaping HostLookUp = systemLookUp, admitting admits: AddressFilter? = nil,
    on queue: OffloadQueue? = nil
  ) async throws(HTTPClientError) -> Response {
    let url = try HTTPURL(url)
    let deadline = Deadline(millisecondsFromNow: timeoutMilliseconds)
    var headers = headers
    if let trace = TraceContext.current { headers.set(TraceContext.fieldName, trace.field()) }
    let request = RequestSerializer.bytes(method, url, headers: headers, body: body)
    let limits = RequestLimits(bodyBytes: maximumResponseBytes)
    let work = { @Sendable () throws in
      let parser = ResponseParser(limits: limits, isAnswerToHead: method == .head)
      let connection = try ClientStream(
        to: url, verification, identity, by: lookUp, admitting: admits, deadline: deadline)
      return try exchange(request, on: connection, parser)
    }
    do {
      return if let queue { try await queue.run(work) } else { try await Offload.run(work) }
    } catch {
      throw error as? HTTPClientError ?? .busy
    }
  }

  private static func exchange(
    _ request: [UInt8], on connection: borrowing ClientStream, _ parser: consuming ResponseParser
  ) throws(HTTPClientError) -> Response {
    try connection.open()
    var sendFailure: HTTPClientError?
    do throws(HTTPClientError) {
      try connection.send(request)
    } catch {
      // A server may refuse a request before it has read all of it, so that there may be a response.
      sendFailure = error
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: readBytes, alignment: 1)
    defer { buffer.deallocate() }
    do throws(HTTPClientError) {
      return try receive(from: connection, parser, buffer)
    } catch {
      throw sendFailure ?? error
    }
  }

  private static func receive(
    from connection: borrowing ClientStream, _ parser: consuming ResponseParser,
    _ buffer: UnsafeMutableRawBufferPointer
  ) throws(HTTPClientError) -> Response {
    while true {
      let count = try connection.receive(into: buffer)
      do throws(ParseError) {
        if count == 0 { return try parser.finish() }
        if let response = try parser.parse(UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
          return response
        }
      } catch {
        throw .badResponse(error)
      }
    }
  }
}
