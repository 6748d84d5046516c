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
          let answer = try client.get("/target/\(number)")
          #expect(answer.status == 200)
          #expect(answer.body == "/target/\(number)")
          #expect(answer["connection"] == nil)
        }
        #expect(server.connectionCount == 1)
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `a server over the portable poller holds the same conversation`() async throws {
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

  @Test func `a client that asks for the end gets its answer and the end`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("GET /target HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == 200)
        #expect(answer["connection"] == "close")
        #expect(client.isAtEnd())
      }
    }
  }

  @Test func `HTTP/1.0 ends after one answer unless the client asks to stay`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let brief = try TestClient(address)
        try brief.send("GET /target HTTP/1.0\r\n\r\n")
        #expect(try brief.readAnswer()["connection"] == "close")
        #expect(brief.isAtEnd())

        let lasting = try TestClient(address)
        for _ in 0..<2 {
          try lasting.send("GET /target HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
          #expect(try lasting.readAnswer()["connection"] == "keep-alive")
        }
      }
    }
  }

  @Test func `HEAD has the length of the body and no body`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("HEAD /large/1234 HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.readAnswer(toHead: true)["content-length"] == "1234")
        #expect(try client.get("/target").body == "/target")
      }
    }
  }

  @Test func `a body comes whole, with a length or in chunks`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\n\r\nhello world")
        #expect(try client.readAnswer().body == "hello world")
        try client.send(
          "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\nTrailer: dropped\r\n\r\n")
        #expect(try client.readAnswer().body == "hello world")
        let large = String(repeating: "0123456789", count: 100_000)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n" + large)
        #expect(try client.readAnswer().body == large)
      }
    }
  }

  @Test func `a client that waits for leave to send its body gets it`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        #expect(try client.readHead() == "HTTP/1.1 100 Continue")
        try client.send("body")
        #expect(try client.readAnswer().body == "body")
      }
    }
  }

  @Test(arguments: [
    "GET /target HTTP/1.1\r\nHost: test\r\nX-Field: value\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 7\r\n\r\n/target",
    "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n/ta\r\n4\r\nrget\r\n0\r\n\r\n",
  ])
  func `a request may be cut anywhere`(_ request: String) async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        let bytes = Array(request.utf8)
        for cut in 1..<bytes.count {
          try client.send(bytes[..<cut])
          usleep(500)
          try client.send(bytes[cut...])
          #expect(try client.readAnswer().body == "/target", "cut at \(cut)")
        }
      }
    }
  }

  @Test func `a handler learns who the client is, and runs on a loop`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        #expect(try client.get("/address").body == "127.0.0.1")
        #expect(try client.get("/thread").body.hasPrefix("loop-"))
      }
    }
  }

  @Test func `connections are dealt to the loops in turn`() async throws {
    try await withServer(loops: 3) { address, _ in
      try await blocking {
        let clients = try (0..<6).map { _ in try TestClient(address) }
        var loops: [String: Int] = [:]
        for client in clients { loops[try client.get("/thread").body, default: 0] += 1 }
        #expect(loops == ["loop-0": 2, "loop-1": 2, "loop-2": 2])
      }
    }
  }

  @Test func `every answer tells the date`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let date = try #require(try TestClient(address).get("/target")["date"])
        #expect(date.hasSuffix(" GMT"))
        #expect(date.count == "Sun, 06 Nov 1994 08:49:37 GMT".count)
      }
    }
  }
}
