import ProtocolExamples

// What the examples of the parser do not have: the server's behaviour, and that of its routes.
extension ComplianceCase {
  private static let problem = ["content-type": "application/problem+json"]

  static let conversations = [
    ComplianceCase(
      "RFC 9110, 9.3.2", "HEAD has the fields of GET and no body",
      "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
      Answer(status: 200, fields: ["content-length": "3"], isHead: true), Answer(status: 200, body: "/b|")),
    ComplianceCase(
      "RFC 9110, 10.1.1", "100 Continue before the body, none after it",
      "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi",
      Answer(status: 200, body: "/a|hi")),
    ComplianceCase(
      "RFC 9112, 9.6", "nothing is served after Connection: close",
      "GET /a HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
      Answer(status: 200, fields: ["connection": "close"], body: "/a|")),
    ComplianceCase(
      "RFC 9112, 9.3", "HTTP/1.0 ends its connection",
      "GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
      Answer(status: 200, fields: ["connection": "close"], body: "/a|")),
    ComplianceCase(
      "RFC 9112, 9.3", "HTTP/1.0 with keep-alive continues",
      "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
      Answer(status: 200, fields: ["connection": "keep-alive"], body: "/a|"),
      Answer(status: 200, fields: ["connection": "close"], body: "/b|")),
    ComplianceCase(
      "RFC 9112, 9.3.2", "a refusal after a pipelined request follows its response",
      "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
      Answer(status: 200, body: "/a|"), Answer(status: 400, fields: problem)),
    ComplianceCase(
      "RFC 9112, 11.2", "nothing is served after a refusal",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + "GET /b HTTP/1.1\r\nHost: a\r\n\r\n",
      Answer(status: 400, fields: problem)),
    ComplianceCase(
      "RFC 9110, 9.3.7", "OPTIONS * concerns the whole server",
      "OPTIONS * HTTP/1.1\r\nHost: routed\r\n\r\n", Answer(status: 204, fields: ["content-length": nil])),
  ]

  static let representations = [
    ComplianceCase(
      "RFC 9110, 15.5.5", "an unknown path", "GET /routed/none HTTP/1.1\r\nHost: a\r\n\r\n",
      Answer(status: 404, fields: problem)),
    ComplianceCase(
      "RFC 9110, 15.5.6", "another method has Allow", "DELETE /routed/json HTTP/1.1\r\nHost: a\r\n\r\n",
      Answer(status: 405, fields: problem.merging(["allow": "OPTIONS, POST"]) { $1 })),
    ComplianceCase(
      "RFC 9110, 9.3.7", "OPTIONS of a path has Allow", "OPTIONS /routed/json HTTP/1.1\r\nHost: a\r\n\r\n",
      Answer(status: 204, fields: ["allow": "OPTIONS, POST"])),
    ComplianceCase(
      "RFC 9110, 8.4", "a content coding", post("{}", fields: "Content-Encoding: gzip\r\n"),
      Answer(status: 415, fields: problem.merging(["accept-encoding": "identity"]) { $1 })),
    ComplianceCase(
      "RFC 9110, 8.3", "another media type", post("{}", type: "text/plain"),
      Answer(status: 415, fields: problem)),
    ComplianceCase(
      "RFC 9457, 3.1", "members of a problem", "GET /routed/gone HTTP/1.1\r\nHost: a\r\n\r\n",
      Answer(
        status: 409, fields: problem,
        body:
          ##"{"type":"/docs#problem-conflict","title":"Conflict","status":409,"code":"conflict","detail":"Taken.","##
          + #""instance":"/routed/gone"}"#)),
    ComplianceCase(
      "RFC 6585, 3", "428 where a condition is missing", "GET /routed/condition HTTP/1.1\r\nHost: a\r\n\r\n",
      Answer(status: 428, fields: problem)),
    ComplianceCase(
      "RFC 6585, 4", "429 has Retry-After", "GET /routed/many HTTP/1.1\r\nHost: a\r\n\r\n",
      Answer(status: 429, fields: problem.merging(["retry-after": "7"]) { $1 })),
  ]

  static let validJSON = JSONExamples.sound.map { text in
    json(text, Answer(status: text.contains(#"\u0000"#) ? 422 : 200))
  }

  static let invalidJSON = JSONExamples.malformed.map { text in
    json(text, Answer(status: 400, fields: problem))
  }

  /// The head never differs, so only the body is split.
  private static func json(_ text: String, _ answer: Answer) -> ComplianceCase {
    let name = String(text.debugDescription.prefix(64))
    var made = ComplianceCase("RFC 8259", name, post(text), answer)
    made.firstSplit = made.bytes.count - text.utf8.count
    return made
  }

  private static func post(_ body: String, type: String = "application/json", fields: String = "") -> String {
    "POST /routed/json HTTP/1.1\r\nHost: a\r\nContent-Type: \(type)\r\n\(fields)"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }
}
