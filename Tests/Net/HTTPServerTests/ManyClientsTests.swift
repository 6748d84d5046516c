import Glibc
import HTTPServer
import ServerTestSupport
import TestSupport
import Testing
import Transport

@Suite("Many clients and lost clients") struct ManyClientsTests {
  /// More than one loop keeps while they linger.
  private static let refusals = 84

  @Test func `a connection beyond the limit gets 503, and later ones are accepted again`() async throws {
    let configuration = HTTPServerConfiguration.forTests(
      maximumConnections: 3, idleBeforeGivingWayMilliseconds: 600_000)
    try await withServer(configuration) { address, server in
      try await blocking {
        do {
          let admitted = try (0..<3).map { _ in try TestClient(address) }
          for client in admitted { #expect(try client.get("/target").status == 200) }
          let refused = try TestClient(address)
          let response = try refused.readResponse()
          #expect(response.status == 503)
          #expect(response["retry-after"] == "1")
          #expect(refused.isAtEnd())
          #expect(server.connectionCount == 3)
          for client in admitted { #expect(try client.get("/target").status == 200) }
        }
      }
      #expect(await eventually { server.connectionCount == 0 })
      let status = try await blocking { try TestClient(address).get("/target").status }
      #expect(status == 200)
    }
  }

  @Test func `a flood of connections beyond the limit does not affect admitted ones`() async throws {
    let configuration = HTTPServerConfiguration.forTests(
      maximumConnections: 1, idleBeforeGivingWayMilliseconds: 600_000)
    try await withServer(configuration) { address, server in
      try await blocking {
        let admitted = try TestClient(address)
        #expect(try admitted.get("/target").status == 200)
        let flood = try (0..<300).map { _ in try TestClient(address) }
        #expect(try admitted.get("/target").status == 200)
        #expect(server.connectionCount == 1)
        withExtendedLifetime(flood) {}
      }
    }
  }

  @Test func `an idle connection gives way to a new one, and a busy one does not`() async throws {
    let configuration = HTTPServerConfiguration.forTests(
      maximumConnections: 2, idleBeforeGivingWayMilliseconds: 0)
    let gate = Gate(answering: "/target")
    try await withServer(configuration, loops: 1, responder: gate) { address, server in
      try await blocking {
        defer { gate.open() }
        let (busy, idle) = (try TestClient(address), try TestClient(address))
        #expect(try idle.get("/target").status == 200)
        try busy.send("GET /held HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { gate.waitingCount == 1 })
        let next = try TestClient(address)
        #expect(try next.get("/target").status == 200)
        #expect(idle.isAtEnd())
        gate.open()
        #expect(try busy.readResponse().status == 200)
      }
      #expect(server.connectionCounts.gaveWay == 1 && server.connectionCounts.refusedByLimit == 0)
    }
  }

  @Test(arguments: [
    "GET /half HTTP/1.1\r\nHost: t\r\n", "G",
    "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nha",
    "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha",
  ])
  func `a client that pauses inside its request gives way to a new one`(_ part: String) async throws {
    let configuration = HTTPServerConfiguration.forTests(
      maximumConnections: 4, idleBeforeGivingWayMilliseconds: 100)
    try await withServer(configuration, loops: 1) { address, server in
      try await blocking {
        let stalled = try (0..<4).map { _ in try TestClient(address) }
        for client in stalled { try client.send(part) }
        // Time for the server to read the parts.
        usleep(400_000)
        for _ in 0..<3 {
          #expect(try waitUntil { try TestClient(address).get("/target").status == 200 })
        }
        #expect(stalled.count { $0.hasEnded } == 4)
      }
      #expect(server.connectionCounts.gaveWay >= 3)
    }
  }

  @Test func `clients that send a little of their bodies without end give way to a new one`() async throws {
    let configuration = HTTPServerConfiguration.forTests(
      maximumConnections: 2, idleBeforeGivingWayMilliseconds: 300)
    try await withServer(configuration, loops: 1) { address, server in
      try await blocking {
        let slow = try (0..<2).map { _ in try TestClient(address) }
        for client in slow {
          try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n")
        }
        // None of them is silent for as long as a connection that gives way.
        let isServed = try waitUntil {
          for client in slow { try? client.send("x") }
          return try TestClient(address).get("/target").status == 200
        }
        #expect(isServed)
      }
      #expect(server.connectionCounts.gaveWay >= 1)
    }
  }

  @Test func `a client that reads nothing for seconds gives way to a new one`() async throws {
    let configuration = HTTPServerConfiguration.forTests(
      maximumConnections: 1, idleBeforeGivingWayMilliseconds: 100)
    try await withServer(configuration, loops: 1) { address, server in
      try await blocking {
        let deaf = try TestClient(address)
        try deaf.set(.receiveBufferBytes(4_096))
        try deaf.send("GET /large/4000000 HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { server.load.unsentBytes > 0 })
        #expect(try TestClient(address).get("/target").status == 503)
        #expect(try waitUntil { try TestClient(address).get("/target").status == 200 })
      }
      #expect(server.connectionCounts.gaveWay == 1)
    }
  }

  @Test func `silent connections beyond the limit leave a probe its place`() async throws {
    let configuration = HTTPServerConfiguration.forTests(maximumConnections: 1, reservedTargets: ["/livez"])
    try await withServer(configuration, loops: 1) { address, server in
      try await blocking {
        let busy = try TestClient(address)
        try busy.send("GET /forever HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { server.load.inFlight == 1 })
        for _ in 0..<5 {
          let silent = try (0..<100).map { _ in try TestClient(address) }
          #expect(try TestClient(address).get("/livez").status == 200)
          withExtendedLifetime(silent) {}
        }
      }
    }
  }

  @Test func `clients beyond the refused connections that linger still get their 503`() async throws {
    let configuration = HTTPServerConfiguration.forTests(maximumConnections: 1)
    try await withServer(configuration, loops: 1) { address, server in
      try await blocking {
        let busy = try TestClient(address)
        try busy.send("GET /forever HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { server.load.inFlight == 1 })
        // None of them closes its side, so the first ones keep their places while they linger.
        var refused: [TestClient] = []
        for _ in 0..<Self.refusals {
          refused.append(try TestClient(address))
          #expect(try refused.last?.get("/target").status == 503)
        }
      }
      #expect(server.connectionCounts.refusedByLimit == Self.refusals)
    }
  }

  @Test func `one address has a limit of its own, and a connection that ends makes room`() async throws {
    let configuration = HTTPServerConfiguration.forTests(
      maximumConnections: 10, maximumConnectionsPerAddress: 2)
    try await withServer(configuration) { address, server in
      try await blocking {
        let first = try TestClient(address)
        do {
          let second = try TestClient(address)
          for client in [first, second] { #expect(try client.get("/target").status == 200) }
          #expect(try TestClient(address).readResponse().status == 503)
        }
      }
      #expect(await eventually { server.connectionCount == 0 })
      #expect(server.connectionCounts.refusedByAddress == 1)
      let status = try await blocking { try TestClient(address).get("/target").status }
      #expect(status == 200)
    }
  }

  @Test func `a full server answers probes, once on each connection, and nothing else`() async throws {
    let configuration = HTTPServerConfiguration.forTests(maximumConnections: 1, reservedTargets: ["/livez"])
    try await withServer(configuration) { address, server in
      try await blocking {
        let busy = try TestClient(address)
        try busy.send("GET /forever HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { server.load.inFlight == 1 })
        let probe = try TestClient(address)
        try probe.send("GET /livez HTTP/1.1\r\nHost: t\r\n\r\nGET /target HTTP/1.1\r\nHost: t\r\n\r\n")
        let response = try probe.readResponse()
        #expect(response.status == 200 && response.body == "/livez" && response["connection"] == "close")
        #expect(probe.isAtEnd())
        #expect(try TestClient(address).get("/livez2").status == 503)
        #expect(try TestClient(address).get("/target").status == 503)
      }
    }
  }

  @Test(arguments: [
    "", "GET /tar", "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nha",
    "GET /slow/30 HTTP/1.1\r\nHost: t\r\n\r\n", "GET /large/20000000 HTTP/1.1\r\nHost: t\r\n\r\n",
    "NONSENSE\r\n\r\n",
  ])
  func `a client that disconnects at any time leaves no connection behind`(_ bytes: String) async throws {
    try await withServer { address, server in
      try await blocking {
        for round in 0..<20 {
          let client = try TestClient(address)
          try client.send(bytes)
          if round % 2 == 0 { client.reset() }
        }
        #expect(try TestClient(address).get("/target").status == 200)
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `the connection of a lost client closes while its handler still runs`() async throws {
    try await withServer { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.send("GET /forever HTTP/1.1\r\nHost: t\r\n\r\n")
        client.reset()
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `two hundred concurrent clients are all served`() async throws {
    try await withServer { address, _ in
      let served = try await withThrowingTaskGroup(of: Int.self) { group in
        for lane in 0..<8 {
          group.addTask {
            try await blocking {
              let clients = try (0..<25).map { _ in try TestClient(address) }
              var served = 0
              for round in 0..<4 {
                for client in clients { try client.send(text("/slow/\(lane + round)")) }
                for client in clients { served += try client.readResponse().status == 200 ? 1 : 0 }
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
