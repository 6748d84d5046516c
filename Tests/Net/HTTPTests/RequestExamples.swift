import HTTP
import Testing

/// Valid requests as bytes, with their expected targets and bodies.
struct ValidExample: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  let targets: [String]
  let bodies: [String]

  var bytes: [UInt8] { Array(text.utf8) }
  var testDescription: String { name }

  init(_ name: String, _ text: String, targets: [String], bodies: [String]? = nil) {
    self.name = name
    self.text = text
    self.targets = targets
    self.bodies = bodies ?? targets.map { _ in "" }
  }

  static let all = [
    ValidExample("the smallest", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", targets: ["/"]),
    ValidExample("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", targets: ["/"]),
    ValidExample("HTTP/1.0 without Host", "GET /old HTTP/1.0\r\n\r\n", targets: ["/old"]),
    ValidExample("a higher minor version", "GET /new HTTP/1.7\r\nHost: a\r\n\r\n", targets: ["/new"]),
    ValidExample("an empty line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", targets: ["/"]),
    ValidExample(
      "whitespace around values", "GET / HTTP/1.1\r\nHost: \t a \t\r\nX:  b c  \r\nE: \r\n\r\n",
      targets: ["/"]),
    ValidExample(
      "a query", "GET /a?b=c&d=%20 HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", targets: ["/a?b=c&d=%20"]),
    ValidExample(
      "the absolute form", "GET http://a:80/b?c HTTP/1.1\r\nHost: a\r\n\r\n", targets: ["http://a:80/b?c"]),
    ValidExample("the asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", targets: ["*"]),
    ValidExample(
      "a sized body", "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", targets: ["/b"],
      bodies: ["hello"]),
    ValidExample(
      "the same length twice",
      "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", targets: ["/b"],
      bodies: ["hi"]),
    ValidExample(
      "a chunked body",
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "5\r\nhello\r\n6;x=\"y\"\r\n world\r\n00\r\nTrailer: t\r\n\r\n",
      targets: ["/c"], bodies: ["hello world"]),
    ValidExample(
      "an empty chunked body",
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", targets: ["/c"]),
    ValidExample(
      "a pipeline of three",
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
        + "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
      targets: ["/1", "/2", "/3"], bodies: ["", "abc", ""]),
    ValidExample(
      "a body that looks like a request",
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n", targets: ["/1"],
      bodies: ["GET / HTTP/1.1\r\n\r\n"]),
    ValidExample(
      "a host with a port and escapes", "GET / HTTP/1.1\r\nHost: a-b.c_d%20~(e):8080\r\n\r\n", targets: ["/"]),
    ValidExample("an empty port", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:\r\n\r\n", targets: ["/"]),
    ValidExample(
      "bytes beyond ASCII in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: caf\u{E9}\r\n\r\n", targets: ["/"]),
  ]
}

/// Requests that the parser refuses, with the expected errors.
struct RefusedExample: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  let error: ParseError

  var testDescription: String { name }

  init(_ name: String, _ text: String, _ error: ParseError) {
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
