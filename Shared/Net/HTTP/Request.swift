/// One request, complete with its body.
///
/// It holds one copy of the head as it came; the target, the path, the query and the fields are spans of it,
/// and become strings when they are asked for.
package struct Request: Sendable {
  /// What is to be done.
  package var method: Method
  /// The version the client speaks.
  package var version: Version
  /// The fields, in the order they were sent.
  package var headers: Headers
  /// The body without its framing; empty when there is none.
  package var body: [UInt8]
  /// Whether the client wants the connection to stay open after the answer (RFC 9112, section 9.3).
  package var keepAlive: Bool
  /// The peer's address as text, without port; set by the server.
  package var remoteAddress: String?

  private let head: [UInt8]
  private let targetSpan: ByteSpan
  private let pathSpan: ByteSpan
  private let querySpan: ByteSpan?

  /// Made by the parser.
  init(head: [UInt8], parts: HeadParts, fields: [Headers.Field], body: [UInt8]) {
    self.head = head
    self.body = body
    method = parts.method
    version = parts.version
    keepAlive = parts.keepAlive
    targetSpan = parts.target.whole
    pathSpan = parts.target.path
    querySpan = parts.target.query
    headers = Headers(head: head, fields: fields)
  }

  /// Makes a request by hand, for tests and for calls inside the process.
  ///
  /// - Throws: `ParseError.invalidTarget` when the target is not one.
  package init(
    _ method: Method, _ target: String, headers: Headers = Headers(), body: [UInt8] = [],
    version: Version = .http11, remoteAddress: String? = nil
  ) throws(ParseError) {
    let head = Array(target.utf8)
    let form = try head.withUnsafeBufferPointer { bytes throws(ParseError) in
      try RequestTarget(bytes, at: ByteSpan(start: 0, count: bytes.count), method: method)
    }
    self.head = head
    self.method = method
    self.version = version
    self.headers = headers
    self.body = body
    self.remoteAddress = remoteAddress
    keepAlive = version.keepsAliveByDefault
    targetSpan = form.whole
    pathSpan = form.path
    querySpan = form.query
  }

  /// The request target as it was sent.
  package var target: String { text(targetSpan) }

  /// The path, still percent-encoded; `*` for `OPTIONS *`, `/` where an absolute target has none.
  /// Its percent-encoding has been checked.
  package var path: String { pathSpan.count == 0 ? "/" : text(pathSpan) }

  /// What follows the first `?`, still percent-encoded; nil when there is none.
  package var query: String? { querySpan.map(text) }

  /// Gives the bytes of the path to a closure: the router matches them without making a string.
  package func withPathBytes<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard pathSpan.count > 0 else {
      let root: StaticString = "/"
      return try body(UnsafeBufferPointer(start: root.utf8Start, count: root.utf8CodeUnitCount))
    }
    return try head.withUnsafeBufferPointer { bytes throws(Failure) in try body(bytes.part(pathSpan)) }
  }

  private func text(_ span: ByteSpan) -> String {
    head.withUnsafeBufferPointer { String(decoding: $0.part(span), as: UTF8.self) }
  }
}

/// The HTTP version of a message. A higher minor version of a client is read as 1.1 (RFC 9110, section 2.5).
package enum Version: Sendable, Hashable {
  case http10
  case http11

  /// Whether a connection stays open when neither side says anything (RFC 9112, section 9.3).
  package var keepsAliveByDefault: Bool { self == .http11 }
}
