import HTTP
import HTTPServer
import Routing
import TestSupport
import Testing
import Transport

/// A listener for few clients, whose places others want.
@Suite("Listeners for few clients") struct FewClientsTests {
  private static let configuration = HTTPServerConfiguration.fewClients(reservedTargets: ["/target"])
  private static let strangers = HTTPServerConfiguration.fewConnections + 10

  @Test(arguments: [
    "", "GET /half HTTP/1.1\r\n", "GET /forever HTTP/1.1\r\nHost: t\r\n\r\n",
    "GET /large/4000000 HTTP/1.1\r\nHost: t\r\n\r\n", "NONSENSE\r\n\r\n",
  ])
  func `a new client has a place in any state of the others`(_ bytes: String) async throws {
    try await withServer(Self.configuration, loops: 1) { address, server in
      try await blocking {
        let others = try Self.clients(Self.strangers, sending: bytes, to: address)
        #expect(waitUntil { server.connectionCounts.gaveWay >= 10 })
        // Neither of its own connections ends for the other.
        let pair = try (0..<2).map { _ in try TestClient(address) }
        for client in pair { #expect(try client.get("/thread").status == 200) }
        withExtendedLifetime(others) {}
      }
      #expect(server.connectionCounts.refusedByLimit + server.connectionCounts.refusedByAddress == 0)
    }
  }

  @Test func `an address with few connections keeps them while others take all places`() async throws {
    try await withServer(Self.configuration, loops: 1) { address, server in
      try await blocking {
        let oldest = try TestClient(address, from: "127.0.0.9")
        #expect(try oldest.get("/target").status == 200)
        let others = try (2...5).map {
          try Self.clients(Self.strangers, sending: "", to: address, from: "127.0.0.\($0)")
        }
        #expect(waitUntil { server.connectionCounts.gaveWay >= 4 * Self.strangers - 63 })
        #expect(try oldest.get("/target").status == 200)
        withExtendedLifetime(others) {}
      }
    }
  }

  @Test func `a client that may use the listener keeps its place, also while it waits`() async throws {
    let gate = Gate()
    try await withServer(Self.configuration, loops: 1, responder: Doorkeeper(behind: gate)) {
      address, server in
      try await blocking {
        defer { gate.open() }
        let known = try TestClient(address)
        try known.send("GET /known HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { gate.waitingCount == 1 })
        let others = try Self.clients(
          Self.strangers, sending: "GET /other HTTP/1.1\r\nHost: t\r\n\r\n", to: address)
        #expect(waitUntil { server.connectionCounts.gaveWay >= 10 })
        gate.open()
        #expect(try known.readResponse().status == 200)
        #expect(try known.get("/known").status == 200)
        withExtendedLifetime(others) {}
      }
    }
  }

  private static func clients(
    _ count: Int, sending bytes: String, to address: SocketAddress, from host: String? = nil
  ) throws -> [TestClient] {
    try (0..<count).map { _ in
      let client = try TestClient(address, from: host)
      try client.set(.receiveBufferBytes(4_096))
      try client.send(bytes)
      return client
    }
  }
}

/// Finds that the client of `/known` may use the listener.
private struct Doorkeeper: Responder {
  let gate: Gate

  init(behind gate: Gate) { self.gate = gate }

  func respond(to request: Request) async -> Response { await gate.respond(to: request) }

  func begin(_ request: Request) -> Reply {
    if request.path == "/known" { request.presence?.noteKnown() }
    return .later { await respond(to: request) }
  }
}
