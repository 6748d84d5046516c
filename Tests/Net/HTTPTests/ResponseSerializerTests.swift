import HTTP
import Testing

@Suite struct ResponseSerializerTests {
  private let serializer = ResponseSerializer(secondsSinceEpoch: 784_111_777)
  private let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Content-Type-Options: nosniff\r\n"

  private func text(_ response: Response, _ framing: ResponseSerializer.Framing = .init()) -> String {
    var output: [UInt8] = []
    serializer.append(response, framing, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `a response has a status line, fields, a length and a body`() {
    #expect(
      text(.text("hello"))
        == "HTTP/1.1 200 OK\r\n\(date)Content-Type: text/plain; charset=utf-8\r\n"
        + "Content-Length: 5\r\n\r\nhello"
    )
    #expect(
      text(Response(status: .notFound)) == "HTTP/1.1 404 Not Found\r\n\(date)Content-Length: 0\r\n\r\n")
  }

  @Test func `the response to HEAD has the length and no body`() {
    #expect(text(.text("hello"), .init(isHead: true)).hasSuffix("Content-Length: 5\r\n\r\n"))
  }

  @Test(arguments: [204, 304, 100])
  func `a status that forbids a body has neither body nor length`(code: Int) {
    let response = Response(status: Status(code: code, reason: "R"), body: Array("x".utf8))
    #expect(text(response) == "HTTP/1.1 \(code) R\r\n\(date)\r\n")
  }

  @Test func `a closing connection is announced, and an open one only to HTTP/1.0`() {
    let response = Response(status: .ok)
    #expect(text(response, .init(keepAlive: false)).contains("\r\nConnection: close\r\n"))
    #expect(text(response, .init(version: .http10)).contains("\r\nConnection: keep-alive\r\n"))
    #expect(!text(response).contains("Connection"))
  }

  @Test func `the longest head fits`() {
    var response = Response(
      status: Status(code: 599, reason: String(repeating: "\n", count: 300)),
      headers: ["A": "", "Connection": "x", "B": String(repeating: "b", count: 300)],
      body: Array(repeating: 0, count: 100_000))
    response.requestID = String(repeating: "\r", count: 300)
    response.headers["A"] = nil
    #expect(
      text(response, .init(version: .http10)).hasSuffix(
        "\r\nX-Request-Id: \(String(repeating: " ", count: 300))\r\nContent-Length: 100000\r\nConnection: keep-alive\r\n\r\n"
          + String(repeating: "\0", count: 100_000)))
  }

  @Test func `framing fields of the response are replaced by the serializer's own`() {
    let headers: Headers = [
      "Content-Length": "99", "connection": "x", "Date": "never", "Transfer-Encoding": "chunked", "X": "1",
    ]
    let response = Response(status: .ok, headers: headers, body: [0x61])
    #expect(text(response) == "HTTP/1.1 200 OK\r\n\(date)X: 1\r\nContent-Length: 1\r\n\r\na")
  }

  @Test func `the request id is sent once and replaces a field with the same name`() {
    var response = Response(status: .ok, headers: ["x-request-id": "old", "A": "b"])
    #expect(text(response).contains("\r\nx-request-id: old\r\nA: b\r\n"))
    response.requestID = "new\r\nX-Evil: 1"
    let sent = text(response)
    #expect(sent.contains("\r\nA: b\r\nX-Request-Id: new  X-Evil: 1\r\n"))
    #expect(!sent.contains("old"))
  }

  @Test func `removed fields are not sent`() {
    var response = Response(status: .ok, headers: ["A": "1", "B": "2"])
    response.headers.remove("A")
    #expect(text(response) == "HTTP/1.1 200 OK\r\n\(date)B: 2\r\nContent-Length: 0\r\n\r\n")
  }

  @Test func `a reason phrase cannot end its line`() {
    let response = Response(status: Status(code: 299, reason: "a\r\nb"))
    #expect(text(response).hasPrefix("HTTP/1.1 299 a  b\r\n"))
  }

  @Test func `several responses are appended to one buffer in order`() {
    var output: [UInt8] = []
    ResponseSerializer.appendContinue(to: &output)
    serializer.append(Response(status: .ok), .init(), to: &output)
    let text = String(decoding: output, as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
  }

  @Test func `the framing follows the request`() throws {
    let framing = ResponseSerializer.Framing(answering: try Request(.head, "/", version: .http10))
    #expect(framing == .init(isHead: true, version: .http10, keepAlive: false))
  }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (1_795_352_399, "Sun, 22 Nov 2026 12:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
  ])
  func `a date is written in the format of RFC 9110`(seconds: Int64, text: String) {
    #expect(HTTPDate(secondsSinceEpoch: seconds).description == text)
  }
}
