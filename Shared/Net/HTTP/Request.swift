/// One complete request with its body.
///
/// It stores one unchanged copy of the head. The target, the path, the query and the fields are spans of it, and become
/// strings only on access.
package struct Request: Sendable {
  /// The requested operation.
  package var method: Method
  /// The client's HTTP version.
  package var version: Version
  /// The fields, in the order of the request.
  package var headers: Headers
  /// The body without its framing; empty without a body.
  package var body: [UInt8]
  /// The length of a body that the server did not store, because the responder takes none of that length
  /// (`Responder.bodyLimit`), or as far as it is known: 1 at least. ``body`` is then empty, and the request gets a refusal.
  package var unreadBodyBytes = 0
  /// The fields after a chunked body. They are not part of ``headers``, and nothing decides on them what a header decides.
  package var trailers = Headers()
  /// Whether the client requests that the connection stay open after the response (RFC 9112, section 9.3).
  package var keepAlive: Bool
  /// The client's address as text, without the port. The server sets it: the peer, or the client behind a trusted proxy.
  package var remoteAddress: String?
  /// Whether its client is still there; nil where nothing says so.
  package var presence: ClientPresence?

  private let head: [UInt8]
  private let targetSpan: ByteSpan
  private let pathSpan: ByteSpan
  private let querySpan: ByteSpan?

  /// Makes a request from the parser's result.
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

  /// Makes a request for tests and for calls inside the process.
  ///
  /// - Throws: `ParseError.invalidTarget` when the target is malformed.
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

  /// The request target, unchanged.
  package var target: String { text(targetSpan) }

  /// The path, still percent-encoded: `*` for `OPTIONS *`, and `/` for an absolute target without a path.
  /// The parser has validated its percent-encoding.
  package var path: String { pathSpan.count == 0 ? "/" : text(pathSpan) }

  /// The text after the first `?`, still percent-encoded; nil without a `?`.
  package var query: String? { querySpan.map(text) }

  /// Calls a closure with the bytes of the path. The router matches them without making a string.
  package func withPathBytes<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard pathSpan.count > 0 else {
      let root: StaticString = "/"
      return try body(UnsafeBufferPointer(start: root.utf8Start, count: root.utf8CodeUnitCount))
    }
    return try head.withUnsafeBufferPointer { bytes throws(Failure) in try body(bytes.part(pathSpan)) }
  }

  /// As ``withPathBytes(_:)`` for the router: the compiler does not specialise a generic method in another module.
  package func matchPath(_ match: (UnsafeBufferPointer<UInt8>) -> Int?) -> Int? { withPathBytes(match) }

  private func text(_ span: ByteSpan) -> String {
    head.withUnsafeBufferPointer { String(decoding: $0.part(span), as: UTF8.self) }
  }
}

/// The HTTP version of a message. The parser treats a higher minor version as 1.1 (RFC 9110, section 2.5).
package enum Version: Sendable, Hashable {
  case http10
  case http11

  /// Whether a connection stays open without a Connection field (RFC 9112, section 9.3).
  package var keepsAliveByDefault: Bool { self == .http11 }
}
