import HTTP

/// A request that RFC 9112 requires a server to refuse, with the expected error. A server that accepts one may disagree
/// with a proxy about where a request ends.
package struct RefusedExample: Sendable, CustomStringConvertible {
  /// The name, or the part that is wrong.
  package let name: String
  /// What a client sends.
  package let bytes: [UInt8]
  /// Why the parser refuses it.
  package let error: ParseError

  /// The name.
  package var description: String { name }

  package init(_ name: String, _ text: String, _ error: ParseError) {
    self.name = name
    bytes = Array(text.utf8)
    self.error = error
  }

  /// A valid request except for the given fields.
  init(fields: String, body: String = "", _ error: ParseError) {
    self.init(fields, "POST / HTTP/1.1\r\n\(fields)\r\n\r\n\(body)", error)
  }

  /// A valid request except for its chunked body.
  init(chunks: String, _ error: ParseError) {
    self.init(chunks, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)", error)
  }

  /// A valid request except for its request line.
  init(line: String, _ error: ParseError) {
    self.init(line, "\(line)\r\nHost: a\r\n\r\n", error)
  }
}
