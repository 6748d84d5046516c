import HTTPServer
import TestSupport
import Testing
import Transport

@Suite("Many clients, and clients that vanish") struct CrowdTests {
  @Test func `one connection too many is told so, and the next has room again`() async throws {
    try await withServer(HTTPServerConfiguration(maximumConnections: 3)) { address, server in
      try await blocking {
        do {
          let guests = try (0..<3).map { _ in try TestClient(address) }
          for guest in guests { #expect(try guest.get("/target").status == 200) }
          let refused = try TestClient(address)
          let answer = try refused.readAnswer()
          #expect(answer.status == 503)
          #expect(answer["retry-after"] == "1")
          #expect(refused.isAtEnd())
          #expect(server.connectionCount == 3)
          for guest in guests { #expect(try guest.get("/target").status == 200) }
        }
      }
      #expect(await eventually { server.connectionCount == 0 })
      let status = try await blocking { try TestClient(address).get("/target").status }
      #expect(status == 200)
    }
  }

  @Test func `a flood beyond the limit leaves the guests alone`() async throws {
    try await withServer(HTTPServerConfiguration(maximumConnections: 1)) { address, server in
      try await blocking {
        let guest = try TestClient(address)
        #expect(try guest.get("/target").status == 200)
        let flood = try (0..<300).map { _ in try TestClient(address) }
        #expect(try guest.get("/target").status == 200)
        #expect(server.connectionCount == 1)
        withExtendedLifetime(flood) {}
      }
    }
  }

  @Test(arguments: [
    "", "GET /tar", "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nha",
    "GET /slow/30 HTTP/1.1\r\nHost: t\r\n\r\n", "GET /large/20000000 HTTP/1.1\r\nHost: t\r\n\r\n",
    "NONSENSE\r\n\r\n",
  ])
  func `a client may vanish at any moment`(_ bytes: String) async throws {
    try await withServer { address, server in
      try await blocking {
        for round in 0..<20 {
          let client = try TestClient(address)
          try client.send(bytes)
          if round % 2 == 0 { client.vanish() }
        }
        #expect(try TestClient(address).get("/target").status == 200)
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `a client that vanishes does not keep its connection while the handler goes on`() async throws {
    try await withServer { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.send("GET /forever HTTP/1.1\r\nHost: t\r\n\r\n")
        client.vanish()
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `two hundred clients at once are all served`() async throws {
    try await withServer { address, _ in
      let served = try await withThrowingTaskGroup(of: Int.self) { group in
        for lane in 0..<8 {
          group.addTask {
            try await blocking {
              let clients = try (0..<25).map { _ in try TestClient(address) }
              var served = 0
              for round in 0..<4 {
                for client in clients { try client.send(text("/slow/\(lane + round)")) }
                for client in clients { served += try client.readAnswer().status == 200 ? 1 : 0 }
              }
              return served
            }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(served == 800)
    }
  }
}

private func text(_ target: String) -> String {
  "GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n"
}
