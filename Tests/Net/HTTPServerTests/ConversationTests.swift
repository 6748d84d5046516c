import EventLoop
import Glibc
import HTTPServer
import TestSupport
import Testing

@Suite("Conversation") struct ConversationTests {
  @Test func `a connection serves one request after another`() async throws {
    try await withServer { address, server in
      try await blocking {
        let client = try TestClient(address)
        for number in 0..<20 {
          let response = try client.get("/target/\(number)")
          #expect(response.status == 200)
          #expect(response.body == "/target/\(number)")
          #expect(response["connection"] == nil)
        }
        #expect(server.connectionCount == 1)
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `a server on the portable poller serves requests the same way`() async throws {
    let group = EventLoopGroup(loops: [EventLoop(name: "portable", poller: DispatchPoller())])
    try await withServer(on: group) { address, server in
      try await blocking {
        let client = try TestClient(address)
        #expect(try client.get("/target").body == "/target")
        #expect(try client.get("/slow/5").body == "/slow/5")
        #expect(try client.get("/large/3000000").body.utf8.count == 3_000_000)
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `a request with Connection close gets its response, and the connection closes`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("GET /target HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        let response = try client.readResponse()
        #expect(response.status == 200)
        #expect(response["connection"] == "close")
        #expect(client.isAtEnd())
      }
    }
  }

  @Test func `an HTTP/1.0 connection closes after one response unless the client requests keep-alive`()
    async throws
  {
    try await withServer { address, _ in
      try await blocking {
        let brief = try TestClient(address)
        try brief.send("GET /target HTTP/1.0\r\n\r\n")
        #expect(try brief.readResponse()["connection"] == "close")
        #expect(brief.isAtEnd())

        let lasting = try TestClient(address)
        for _ in 0..<2 {
          try lasting.send("GET /target HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
          #expect(try lasting.readResponse()["connection"] == "keep-alive")
        }
      }
    }
  }

  @Test func `the response to HEAD has the body's length and no body`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("HEAD /large/1234 HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readResponse(toHead: true)["content-length"] == "1234")
        #expect(try client.get("/target").body == "/target")
      }
    }
  }

  @Test func `a body with a length or in chunks arrives complete`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\n\r\nhello world")
        #expect(try client.readResponse().body == "hello world")
        try client.send(
          "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\nTrailer: dropped\r\n\r\n")
        #expect(try client.readResponse().body == "hello world")
        let large = String(repeating: "0123456789", count: 100_000)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n" + large)
        #expect(try client.readResponse().body == large)
      }
    }
  }

  @Test func `a client that expects 100 Continue gets it before its body`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        #expect(try client.readHead() == "HTTP/1.1 100 Continue")
        try client.send("body")
        #expect(try client.readResponse().body == "body")
      }
    }
  }

  @Test(arguments: [
    "GET /target HTTP/1.1\r\nHost: test\r\nX-Field: value\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 7\r\n\r\n/target",
    "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n/ta\r\n4\r\nrget\r\n0\r\n\r\n",
  ])
  func `a request split at any byte is served`(_ request: String) async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        let bytes = Array(request.utf8)
        for cut in 1..<bytes.count {
          try client.send(bytes[..<cut])
          usleep(500)
          try client.send(bytes[cut...])
          #expect(try client.readResponse().body == "/target", "cut at \(cut)")
        }
      }
    }
  }

  @Test func `a handler receives the client's address and runs on a loop`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        #expect(try client.get("/address").body == "127.0.0.1")
        #expect(try client.get("/thread").body.hasPrefix("loop-"))
      }
    }
  }

  @Test func `connections are distributed over the loops in turn`() async throws {
    try await withServer(loops: 3) { address, _ in
      try await blocking {
        let clients = try (0..<6).map { _ in try TestClient(address) }
        var loops: [String: Int] = [:]
        for client in clients { loops[try client.get("/thread").body, default: 0] += 1 }
        #expect(loops == ["loop-0": 2, "loop-1": 2, "loop-2": 2])
      }
    }
  }

  @Test func `every response has a Date field`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let date = try #require(try TestClient(address).get("/target")["date"])
        #expect(date.hasSuffix(" GMT"))
        #expect(date.count == "Sun, 06 Nov 1994 08:49:37 GMT".count)
      }
    }
  }
}
