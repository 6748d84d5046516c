import HTTP
import ProtocolExamples
import Testing

@Suite struct RequestParserTests {
  @Test(arguments: ValidExample.all)
  func `a valid request is parsed, and the parser is idle afterwards`(example: ValidExample) {
    let transcript = Transcript.whole(example.bytes)
    #expect(transcript.error == nil)
    #expect(transcript.requests.map(\.target) == example.targets)
    #expect(transcript.requests.map { String(decoding: $0.body, as: UTF8.self) } == example.bodies)
    #expect(transcript.isIdle)
  }

  @Test(arguments: ValidExample.all)
  func `a valid request parses the same at every split and byte by byte`(example: ValidExample) {
    let whole = Transcript.whole(example.bytes)
    for index in example.bytes.indices {
      #expect(Transcript.split(example.bytes, at: index) == whole, "split at \(index)")
    }
    #expect(Transcript.byteByByte(example.bytes) == whole)
  }

  @Test func `the parts of a request equal the sent bytes`() throws {
    let text = "PUT /v1/settings/a%20b?x=1&y HTTP/1.1\r\nHost: example\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
    let request = try #require(Transcript.whole(Array(text.utf8)).requests.first)
    #expect(request.method == "PUT")
    #expect(request.path == "/v1/settings/a%20b")
    #expect(request.query == "x=1&y")
    #expect(request.version == .http11)
    #expect(request.headers == ["Host=example", "X-A=1", "x-a=2"])
  }

  @Test func `trailer fields are parsed, and are not header fields`() throws {
    let text =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "2\r\nhi\r\n0\r\nX-Sum:  1 \r\nAuthorization: x\r\nContent-Length: 9\r\n\r\n"
    var parser = RequestParser()
    var consumed = 0
    let request = try #require(
      try Array(text.utf8).withUnsafeBytes { try parser.next(in: $0, consumed: &consumed) })
    #expect(consumed == text.utf8.count)
    #expect(request.trailers == ["X-Sum": "1", "Authorization": "x", "Content-Length": "9"])
    #expect(request.headers["X-Sum"] == nil && request.headers["Authorization"] == nil)
    #expect(String(decoding: request.body, as: UTF8.self) == "hi")
  }

  @Test func `the path of an absolute target is its own path, or a slash`() {
    let paths = ["http://h/a/b?q", "http://h", "HTTP://h?q"].map { target in
      Transcript.whole(Array("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n".utf8)).requests.first?.path
    }
    #expect(paths == ["/a/b", "/", "/"])
  }

  @Test(arguments: [
    ("HTTP/1.1", "", true), ("HTTP/1.1", "close", false), ("HTTP/1.1", "Upgrade , CLOSE", false),
    ("HTTP/1.1", "closed", true), ("HTTP/1.0", "", false), ("HTTP/1.0", "Keep-Alive", true),
    ("HTTP/1.0", "keep-alive, close", false),
  ])
  func `the version and the Connection field determine whether the connection stays open`(
    version: String, value: String, stays: Bool
  ) {
    let text = "GET / \(version)\r\nHost: a\r\nConnection: \(value)\r\n\r\n"
    #expect(Transcript.whole(Array(text.utf8)).requests.map(\.keepAlive) == [stays])
  }

  @Test func `a client that waits for 100 Continue is reported once, before its body`() throws {
    var parser = RequestParser()
    let head = Array("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n".utf8)
    _ = try head.withUnsafeBytes { try parser.parse($0) }
    #expect(parser.isReadingBody)
    let asked = [parser.takeContinueRequest(), parser.takeContinueRequest()]
    #expect(asked == [true, false])
    let outcome = try Array("hi".utf8).withUnsafeBytes { try parser.parse($0) }
    guard case .request(let request, 2) = outcome else { return #expect(Bool(false), "no request") }
    #expect(request.body == Array("hi".utf8))
    let asksAgain = parser.takeContinueRequest()
    #expect(!asksAgain)
  }

  @Test func `a client that has already sent its body gets no 100 Continue`() throws {
    var parser = RequestParser()
    let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nh".utf8)
    _ = try bytes.withUnsafeBytes { try parser.parse($0) }
    let asksAgain = parser.takeContinueRequest()
    #expect(!asksAgain)
  }

  @Test func `a parser repeats its first error`() throws {
    var parser = RequestParser()
    let bad = Array("\n".utf8)
    let good = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    for bytes in [bad, good] {
      #expect(throws: ParseError.bareLineFeed) { _ = try bytes.withUnsafeBytes { try parser.parse($0) } }
    }
    #expect(!parser.isIdle)
  }

  @Test func `a parser is idle after an empty line, and not after half a request`() {
    #expect(!Transcript.whole(Array("GET".utf8)).isIdle)
    #expect(Transcript.whole(Array("\r\n".utf8)).isIdle)
    #expect(!Transcript.whole(Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx".utf8)).isIdle)
  }

  @Test func `empty input changes nothing`() throws {
    var parser = RequestParser()
    guard case .needMore(0) = try parser.parse(UnsafeRawBufferPointer(start: nil, count: 0)) else {
      return #expect(Bool(false), "the parser produced a request from empty input")
    }
    #expect(parser.isIdle)
  }
}
