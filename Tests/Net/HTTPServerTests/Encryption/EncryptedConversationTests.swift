import Cryptography
import Glibc
import HTTPServer
import ServerTestSupport
import TestSupport
import Testing
import Transport

@Suite("Encrypted conversations") struct EncryptedConversationTests {
  @Test func `an encrypted connection serves requests one after another and pipelined`() async throws {
    try await EncryptedServer.with { server in
      let context = try server.clientContext()
      try await blocking {
        let client = try TestClient(server.address, tls: context)
        #expect(try client.get("/target").body == "/target")
        #expect(try client.get("/slow/5").body == "/slow/5")
        try client.send((0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: t\r\n\r\n" }.joined())
        for number in 0..<20 { #expect(try client.readResponse().body == "/\(number)") }
      }
      let counts = server.encryption.counts
      #expect(counts.fullHandshakes == 1 && counts.failedHandshakes == 0)
      #expect(counts.bytesReceived > 500 && counts.bytesSent > 2_000)
    }
  }

  @Test func `a request is served however its records are cut`() async throws {
    try await EncryptedServer.with { server in
      let context = try server.clientContext()
      try await blocking {
        let client = try TestClient(server.address, tls: context)
        for byte in "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nwords".utf8 {
          try client.send([byte])
        }
        #expect(try client.readResponse().body == "words")
      }
    }
  }

  @Test func `a response that is larger than every buffer arrives whole, also at a slow reader`() async throws
  {
    try await EncryptedServer.with { server in
      let context = try server.clientContext()
      try await blocking {
        // Not about time: encrypting and decrypting 8 MB takes seconds in a debug build on a busy machine.
        let client = try TestClient(server.address, tls: context)
        try client.send("GET /large/8000000 HTTP/1.1\r\nHost: t\r\n\r\n")
        usleep(100_000)
        #expect(try client.readResponse().body.utf8.count == 8_000_000)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 900000\r\n\r\n")
        try client.send([UInt8](repeating: 0x78, count: 900_000))
        #expect(try client.readResponse().body.utf8.count == 900_000)
      }
    }
  }

  @Test func `the server announces the end of its data before it closes`() async throws {
    try await EncryptedServer.with { server in
      let context = try server.clientContext()
      try await blocking {
        let client = try TestClient(server.address, tls: context)
        try client.send("GET /target HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        // Without the announcement this is an error of the client.
        #expect(try client.readToEnd().hasSuffix("/target"))
        #expect(client.hasAnnouncedEnd)
      }
    }
  }

  @Test func `session tickets, a response and the announced end leave in one write`() async throws {
    try await EncryptedServer.with { server in
      let context = try server.clientContext()
      try await blocking {
        let client = try TestClient(server.address, tls: context)
        try client.sendWithHandshake("GET /target HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        #expect(try client.readToEnd().hasSuffix("/target"))
        #expect(client.hasAnnouncedEnd)
        // The other one has the server's part of the handshake.
        #expect(client.segmentCount == 2)
      }
    }
  }

  @Test func `a client that has ended its session still gets the response that it waits for`() async throws {
    try await EncryptedServer.with { server in
      let context = try server.clientContext()
      try await blocking {
        let client = try TestClient(server.address, tls: context)
        try client.send("GET /slow/50 HTTP/1.0\r\n\r\n")
        client.finishWriting()
        #expect(try client.readToEnd().hasSuffix("/slow/50"))
      }
    }
  }

  @Test(arguments: ["/target", "/slow/50", "/large/4000000"])
  func `a session that ends in the segment of its request closes after the response`(_ target: String)
    async throws
  {
    try await EncryptedServer.with(HTTPServerConfiguration.forTests(idleTimeoutSeconds: 3_600)) { server in
      let context = try server.clientContext()
      try await blocking {
        let client = try TestClient(server.address, tls: context)
        try client.sendLast("GET \(target) HTTP/1.1\r\nHost: t\r\n\r\n")
        while (try? client.fill()) == true {}
        #expect(waitUntil { server.server.connectionCount == 0 })
      }
    }
  }

  @Test func `a malformed request gets its problem document through the session`() async throws {
    try await EncryptedServer.with { server in
      let context = try server.clientContext()
      try await blocking {
        let client = try TestClient(server.address, tls: context)
        try client.send("NONSENSE\r\n\r\n")
        let response = try client.readResponse()
        #expect(response.status == 400)
        #expect(response["content-type"] == "application/problem+json")
      }
    }
  }

  @Test func `a stop ends idle encrypted connections and completes requests`() async throws {
    let gate = Gate()
    try await EncryptedServer.with(responder: gate) { server in
      let context = try server.clientContext()
      let answer = Task {
        try await blocking {
          let client = try TestClient(server.address, tls: context)
          return try client.get("/held")
        }
      }
      try await eventually("the request waits") { gate.waitingCount == 1 }
      let idle = try TestClient(server.address, tls: context)
      try idle.shakeHands()
      let stop = Task { await server.server.stop(drainSeconds: 20) }
      #expect(idle.isAtEnd())
      gate.open()
      #expect(try await answer.value["connection"] == "close")
      await stop.value
      #expect(server.server.connectionCount == 0)
    }
  }
}
