import Dispatch
import HTTP
import HTTPClient
import Testing

@Suite struct HTTPClientTests {
  @Test func `a request is sent in full, and its answer is read`() async throws {
    let server = ScriptedServer(
      ["HTTP/1.1 201 Created\r\nContent-Length: 4\r\nX-A: b\r\n\r\n", "done"], awaitingBodyBytes: 5)
    let response = try await HTTPClient.send(
      .post, "\(server.url)/v1/users?x=1#fragment", headers: ["X-Mine": "1", "Host": "forged"],
      body: Array("hello".utf8))
    #expect(response.status == .created)
    #expect(response.headers["x-a"] == "b")
    #expect(String(decoding: response.body, as: UTF8.self) == "done")
    #expect(
      server.request
        == "POST /v1/users?x=1 HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\n"
        + "Content-Length: 5\r\nX-Mine: 1\r\n\r\nhello")
  }

  @Test func `a URL without a path requests the root`() async throws {
    let server = ScriptedServer(["HTTP/1.1 204 No Content\r\n\r\n"])
    #expect(try await HTTPClient.send(.get, server.url).status == .noContent)
    #expect(server.request.hasPrefix("GET / HTTP/1.1\r\n"))
  }

  @Test func `chunks are joined, and a body may extend to the end of the connection`() async throws {
    let chunked = ScriptedServer(
      ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", "c\r\n0\r\n\r\n"])
    #expect(try await HTTPClient.send(.get, chunked.url).body == Array("abc".utf8))
    let open = ScriptedServer(["HTTP/1.0 200 OK\r\n\r\nto the ", "end"])
    #expect(try await HTTPClient.send(.get, open.url).body == Array("to the end".utf8))
  }

  @Test func `a complete answer is returned at once`() async throws {
    let server = ScriptedServer(["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"], then: .hold)
    #expect(try await HTTPClient.send(.get, server.url).body == Array("ok".utf8))
  }

  @Test func `an answer to HEAD has no body`() async throws {
    let server = ScriptedServer(["HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"], then: .hold)
    #expect(try await HTTPClient.send(.head, server.url).body.isEmpty)
  }

  @Test func `a silent server is abandoned at the deadline`() async {
    let server = ScriptedServer(["HTTP/1.1 200 OK\r\n"], then: .hold)
    await #expect(throws: HTTPClientError.timedOut) {
      try await HTTPClient.send(.get, server.url, timeoutMilliseconds: 50)
    }
  }

  @Test func `a server that sends without a pause is abandoned at the deadline`() async {
    let server = ScriptedServer(
      ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], then: .flood("1\r\nx\r\n"))
    await #expect(throws: HTTPClientError.timedOut) {
      try await HTTPClient.send(
        .get, server.url, timeoutMilliseconds: 300, maximumResponseBytes: 1 << 30)
    }
  }

  @Test func `a server that sends interim responses without an end is refused`() async {
    let server = ScriptedServer([], then: .flood("HTTP/1.1 100 Continue\r\n\r\n"))
    await #expect(throws: HTTPClientError.badResponse(.tooManyInterimResponses)) {
      try await HTTPClient.send(.get, server.url, timeoutMilliseconds: 60_000)
    }
  }

  @Test func `an incomplete answer is an error`() async {
    let server = ScriptedServer(["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
    await #expect(throws: HTTPClientError.badResponse(.truncated)) {
      try await HTTPClient.send(.get, server.url)
    }
  }

  @Test func `an answer beyond the limit is an error`() async {
    let server = ScriptedServer(["HTTP/1.1 200 OK\r\n\r\n", String(repeating: "x", count: 100)])
    await #expect(throws: HTTPClientError.badResponse(.bodyTooLarge)) {
      try await HTTPClient.send(.get, server.url, maximumResponseBytes: 99)
    }
  }

  @Test func `a port without a listener is an error that names host and port`() async {
    let error = await #expect(throws: HTTPClientError.self) {
      // Port 1 (tcpmux) has had no server for decades.
      try await HTTPClient.send(.get, "http://127.0.0.1:1/", timeoutMilliseconds: 60_000)
    }
    #expect(error?.description.contains("127.0.0.1:1: Connection refused") == true)
  }

  @Test func `an unknown host is an error`() async {
    await #expect(throws: HTTPClientError.unknownHost("unknown.invalid")) {
      try await HTTPClient.send(.get, "http://unknown.invalid/")
    }
  }

  @Test func `a name whose servers do not answer is abandoned at the deadline`() async {
    let end = DispatchSemaphore(value: 0)
    defer { end.signal() }
    await #expect(throws: HTTPClientError.unresolved(host: "silent.example")) {
      try await HTTPClient.send(
        .get, "http://silent.example/", timeoutMilliseconds: 50,
        by: { _ in
          end.wait()
          return ["127.0.0.1"]
        })
    }
  }

  @Test func `the addresses of a name are tried in order, and an address needs no look-up`() async throws {
    let server = ScriptedServer(["HTTP/1.1 204 No Content\r\n\r\n"])
    let found = try await HTTPClient.send(
      .get, "http://some.example:\(server.port)/", by: { _ in ["no number", "::1", "127.0.0.1"] })
    #expect(found.status == .noContent)
    #expect(server.request.contains("Host: some.example:\(server.port)\r\n"))
    let other = ScriptedServer(["HTTP/1.1 204 No Content\r\n\r\n"])
    #expect(try await HTTPClient.send(.get, other.url, by: { _ in [] }).status == .noContent)
  }

  @Test func `a request goes only to an address that the caller's filter admits`() async throws {
    let server = ScriptedServer(["HTTP/1.1 204 No Content\r\n\r\n"])
    for url in [server.url, "http://localhost:\(server.port)"] {
      let host = url.contains("localhost") ? "localhost" : "127.0.0.1"
      await #expect(throws: HTTPClientError.addressRefused(host: host)) {
        try await HTTPClient.send(.get, url, admitting: { _ in false })
      }
    }
    // The filter sees the addresses in numbers, also those of a name. The server above gets its first connection here.
    let seen = try await HTTPClient.send(
      .get, "http://localhost:\(server.port)", admitting: { $0 == "127.0.0.1" })
    #expect(seen.status == .noContent)
  }

  @Test(arguments: [
    "", "127.0.0.1", "http:/a", "http://", "http://:80", "http://a:b", "http://a:0", "http://a:70000",
    "http://u:p@a/", "http://u@a/", "http://u@a:80/", "http://a/b c", "http://[::1", "http://[::1]x/",
    "http://a/\u{E9}",
  ])
  func `a text that is not a URL is refused`(url: String) async {
    await #expect(throws: HTTPClientError.invalidURL) { try await HTTPClient.send(.get, url) }
  }

  @Test func `a request within a trace carries it on under another id, and others carry none`() async throws {
    let trace = try #require(TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
    let server = ScriptedServer(["HTTP/1.1 204 No Content\r\n\r\n"])
    _ = try await TraceContext.$current.withValue(trace) { try await HTTPClient.send(.get, server.url) }
    #expect(server.request.contains("traceparent: 00-\(trace.traceID)-"))
    #expect(!server.request.contains("b7ad6b7169203331"))
    let other = ScriptedServer(["HTTP/1.1 204 No Content\r\n\r\n"])
    _ = try await HTTPClient.send(.get, other.url)
    #expect(!other.request.contains("traceparent"))
  }

  @Test func `only http and https are supported`() async {
    await #expect(throws: HTTPClientError.unsupportedScheme("ftp")) {
      try await HTTPClient.send(.get, "ftp://127.0.0.1/")
    }
  }
}
