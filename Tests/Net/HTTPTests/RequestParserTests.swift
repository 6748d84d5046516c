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
    let isReading = parser.isReadingBody
    #expect(isReading)
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

  @Test(arguments: [
    "Content-Length: 10\r\n\r\n0123456789",
    "Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n",
  ])
  func `a body beyond a limit that comes after its head is dropped, and the next request is found`(
    _ rest: String
  ) throws {
    let (head, next) = ("POST / HTTP/1.1\r\nHost: a\r\n", "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
    for (limit, isStored) in [(9, false), (10, true), (0, false)] {
      var parser = RequestParser()
      var requests: [Request] = []
      for byte in (head + rest + next).utf8 {
        var consumed = 0
        let request = try [byte].withUnsafeBytes { try parser.next(in: $0, consumed: &consumed) }
        if let request { requests.append(request) }
        if parser.incompleteRequest != nil { _ = parser.limitBody(to: limit) }
        #expect(parser.heldBytes < 400)
      }
      #expect(requests.map(\.target) == ["/", "/next"])
      #expect(requests.map(\.unreadBodyBytes) == [isStored ? 0 : 10, 0])
      #expect(
        requests.map { String(decoding: $0.body, as: UTF8.self) } == [isStored ? "0123456789" : "", ""])
    }
  }

  @Test func `a limit shows at once whether an announced body is beyond it`() throws {
    for (limit, isTaken) in [(10, true), (9, false)] {
      var parser = RequestParser()
      let bytes = Array("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0".utf8)
      _ = try bytes.withUnsafeBytes { try parser.parse($0) }
      let incomplete = parser.incompleteRequest
      let request = try #require(incomplete)
      #expect(request.target == "/a" && request.body.isEmpty && request.unreadBodyBytes == 10)
      let mayBeTaken = parser.limitBody(to: limit)
      #expect(mayBeTaken == isTaken)
    }
  }

  @Test func `the array of a body never has room for much more than its announced length`() throws {
    var parser = RequestParser()
    let head = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n".utf8)
    _ = try head.withUnsafeBytes { try parser.parse($0) }
    for _ in 0..<99 {
      _ = try [UInt8](repeating: 0x78, count: 10_000).withUnsafeBytes { try parser.parse($0) }
      #expect(parser.heldBytes < 1_010_000)
    }
    #expect(parser.heldBytes > 990_000)
    parser.discard()
    #expect(parser.heldBytes == 0)
  }

  @Test func `a parser repeats its first error`() throws {
    var parser = RequestParser()
    let bad = Array("\n".utf8)
    let good = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    for bytes in [bad, good] {
      #expect(throws: ParseError.bareLineFeed) { _ = try bytes.withUnsafeBytes { try parser.parse($0) } }
    }
    let isIdle = parser.isIdle
    #expect(!isIdle)
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
    let isIdle = parser.isIdle
    #expect(isIdle)
  }
}
