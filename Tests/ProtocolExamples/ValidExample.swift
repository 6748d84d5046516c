/// A valid request as bytes, with the clause that permits it and the expected targets and bodies.
package struct ValidExample: Sendable, CustomStringConvertible {
  /// The section of the standard.
  package let clause: String
  /// A noun phrase.
  package let name: String
  private let text: String
  /// The targets of its requests, in order.
  package let targets: [String]
  /// Their bodies.
  package let bodies: [String]

  /// What a client sends.
  package var bytes: [UInt8] { Array(text.utf8) }
  /// The name.
  package var description: String { name }

  private init(_ clause: String, _ name: String, _ text: String, targets: [String], bodies: [String]? = nil) {
    self.clause = clause
    self.name = name
    self.text = text
    self.targets = targets
    self.bodies = bodies ?? targets.map { _ in "" }
  }

  /// Every one.
  package static let all = [
    ValidExample("RFC 9112, 3", "the smallest", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", targets: ["/"]),
    ValidExample("RFC 9112, 3.2", "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", targets: ["/"]),
    ValidExample("RFC 9112, 3.2", "HTTP/1.0 without Host", "GET /old HTTP/1.0\r\n\r\n", targets: ["/old"]),
    ValidExample(
      "RFC 9110, 2.5", "a higher minor version", "GET /new HTTP/1.7\r\nHost: a\r\n\r\n", targets: ["/new"]),
    ValidExample(
      "RFC 9112, 2.2", "an empty line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", targets: ["/"]),
    ValidExample(
      "RFC 9112, 5", "whitespace around values",
      "GET / HTTP/1.1\r\nHost: \t a \t\r\nX:  b c  \r\nE: \r\n\r\n",
      targets: ["/"]),
    ValidExample(
      "RFC 9112, 3.2.1", "a query", "GET /a?b=c&d=%20 HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
      targets: ["/a?b=c&d=%20"]),
    ValidExample(
      "RFC 9112, 3.2.2", "the absolute form", "GET http://a:80/b?c HTTP/1.1\r\nHost: a\r\n\r\n",
      targets: ["http://a:80/b?c"]),
    ValidExample(
      "RFC 9112, 3.2.4", "the asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", targets: ["*"]),
    ValidExample(
      "RFC 9112, 6.3", "a sized body", "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
      targets: ["/b"],
      bodies: ["hello"]),
    ValidExample(
      "RFC 9112, 6.3", "the same length twice",
      "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", targets: ["/b"],
      bodies: ["hi"]),
    ValidExample(
      "RFC 9112, 7.1", "a chunked body",
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "5\r\nhello\r\n6;x=\"y\"\r\n world\r\n00\r\nTrailer: t\r\n\r\n",
      targets: ["/c"], bodies: ["hello world"]),
    ValidExample(
      "RFC 9112, 7.1", "an empty chunked body",
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", targets: ["/c"]),
    ValidExample(
      "RFC 9112, 9.3.2", "a pipeline of three",
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
        + "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
      targets: ["/1", "/2", "/3"], bodies: ["", "abc", ""]),
    ValidExample(
      "RFC 9112, 6.3", "a body that looks like a request",
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n", targets: ["/1"],
      bodies: ["GET / HTTP/1.1\r\n\r\n"]),
    ValidExample(
      "RFC 9110, 7.2", "a host with a port and escapes",
      "GET / HTTP/1.1\r\nHost: a-b.c_d%20~(e):8080\r\n\r\n", targets: ["/"]),
    ValidExample(
      "RFC 9110, 4.2.1", "an empty port", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:\r\n\r\n", targets: ["/"]),
    ValidExample(
      "RFC 9110, 5.5", "bytes beyond ASCII in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: caf\u{E9}\r\n\r\n",
      targets: ["/"]),
  ]
}
