import Glibc
import ServerTestSupport
import TestSupport
import Testing
import Transport

@testable import HTTPServer

/// The shares of requests that no verified token has proved, on a server with one loop. A gate holds every request but one
/// target's. The tests' own address is 127.0.0.1.
@Suite("StrangerShares") struct StrangerSharesTests {
  private static let share = ServerLimit.firstShare
  private static let impatient = HTTPServerConfiguration.forTests(queueMilliseconds: 300)

  private static func request(_ target: String, _ field: String? = nil, method: String = "GET") -> String {
    "\(method) \(target) HTTP/1.1\r\nHost: t\r\n\(field.map { $0 + "\r\n" } ?? "")Content-Length: 0\r\n\r\n"
  }

  private static func token(_ token: String) -> String { "Authorization: Bearer \(token)" }

  /// Runs a body beside as many held requests as one client may have in progress, which differ by a field each.
  private static func beside(
    _ count: Int, _ configuration: HTTPServerConfiguration,
    _ field: @escaping @Sendable (Int) -> String?,
    _ body: @escaping @Sendable (SocketAddress, HTTPServer) throws -> Void
  ) async throws {
    let gate = Gate(answering: "/free")
    try await withServer(configuration, loops: 1, responder: gate) { address, server in
      try await blocking {
        defer { gate.open() }
        let busy = try (0..<count).map { _ in try TestClient(address) }
        for (number, client) in busy.enumerated() {
          try client.send(request("/held", field(number), method: number.isMultiple(of: 2) ? "GET" : "POST"))
        }
        #expect(waitUntil { gate.waitingCount == count })
        try body(address, server)
        gate.open()
        for client in busy { #expect(try client.readResponse().status == 200) }
      }
    }
  }

  private static func status(
    _ address: SocketAddress, from host: String? = nil, _ field: String? = nil, _ target: String = "/free"
  ) throws -> Int {
    let client = try TestClient(address, from: host)
    try client.send(request(target, field))
    return try client.readResponse().status
  }

  /// Without a token, with a made-up one each, or both.
  @Test(arguments: ["", "Authorization: Bearer made up", "Authorization: Basic "])
  func `the strangers of one source share one share, with any text for a token`(_ field: String)
    async throws
  {
    try await Self.beside(
      Self.share, Self.impatient,
      { number in field.isEmpty || number.isMultiple(of: 3) ? nil : "\(field)\(number)" },
      { address, _ throws in
        #expect(try Self.status(address) == 503)
        #expect(try Self.status(address, Self.token("another")) == 503)
        #expect(try Self.status(address, from: "127.0.0.2") == 200)
        #expect(try Self.status(address, Self.token("1.verified")) == 200)
      })
  }

  @Test func `a stranger that waits for its share is served once there is room`() async throws {
    let gate = Gate(answering: "/free")
    let configuration = HTTPServerConfiguration.forTests(queueMilliseconds: 60_000)
    try await withServer(configuration, loops: 1, responder: gate) { address, server in
      try await blocking {
        defer { gate.open() }
        let clients = try (0..<(3 * Self.share)).map { _ in try TestClient(address) }
        for client in clients { try client.send(Self.request("/held", method: "POST")) }
        #expect(waitUntil { gate.waitingCount == Self.share && server.load.inFlight == clients.count })
        gate.open()
        for client in clients { #expect(try client.readResponse().status == 200) }
        #expect(server.load.shed == 0)
      }
    }
  }

  @Test func `new tokens give a user no further share, and take none from others`() async throws {
    try await Self.beside(
      Self.share, Self.impatient, { Self.token("7.new\($0)") },
      { address, _ throws in
        #expect(try Self.status(address, Self.token("7.newer")) == 503)
        #expect(try Self.status(address, Self.token("8.new")) == 200)
        #expect(try Self.status(address) == 200)
      })
  }

  @Test func `a token that was signed out takes nothing more from its user's share`() async throws {
    let gate = Gate(answering: "/free", user: 7)
    try await withServer(Self.impatient, loops: 1, responder: gate) { address, _ in
      try await blocking {
        defer { gate.open() }
        let (stolen, own) = (Self.token("7.stolen"), Self.token("7.own"))
        for token in [stolen, own] { #expect(try Self.status(address, token) == 200) }
        #expect(try Self.status(address, "\(stolen)\r\nX-Signed-Out: yes") == 401)
        let thieves = try (0..<Self.share).map { _ in try TestClient(address) }
        for thief in thieves { try thief.send(Self.request("/held", stolen)) }
        #expect(waitUntil { gate.waitingCount == Self.share })
        #expect(try Self.status(address, stolen) == 503)
        #expect(try Self.status(address, own) == 200)
      }
    }
  }

  @Test func `a probe waits behind no share of its source`() async throws {
    let configuration = HTTPServerConfiguration.forTests(operatorTargets: ["/free"], queueMilliseconds: 300)
    try await Self.beside(
      Self.share, configuration, { _ in nil },
      { address, _ throws in
        #expect(try Self.status(address) == 200)
        #expect(try Self.status(address, nil, "/free?a") == 503)
      })
  }

  @Test func `behind a trusted proxy each client has a share, and a proxy that names none is not limited`()
    async throws
  {
    let configuration = HTTPServerConfiguration.forTests(
      trustedProxies: TrustedProxies([AddressRange("127.0.0.1")].compactMap(\.self)), queueMilliseconds: 300)
    let named = "X-Forwarded-For: 2001:db8:1:2::1"
    try await Self.beside(
      Self.share, configuration, { _ in named },
      { address, _ throws in
        #expect(try Self.status(address, named) == 503)
        #expect(try Self.status(address, "X-Forwarded-For: 2001:db8:1:3::1") == 503, "the same site")
        #expect(try Self.status(address, "X-Forwarded-For: 2001:db8:2::1") == 200)
        #expect(try Self.status(address) == 200)
      })
    try await Self.beside(2 * Self.share, configuration, { _ in nil }, { _, _ in })
  }

  @Test func `requests that wait for a share count in the limit of requests`() async throws {
    let configuration = HTTPServerConfiguration.forTests(
      maximumRequestsPerLoop: Self.share + 4, queueMilliseconds: 60_000)
    try await Self.beside(
      Self.share, configuration, { _ in nil },
      { address, server throws in
        var waiting = try (0..<4).map { _ in try TestClient(address) }
        for client in waiting { try client.send(Self.request("/free")) }
        #expect(waitUntil { server.load.inFlight == Self.share + 4 })
        #expect(try Self.status(address, from: "127.0.0.2") == 503)
        for client in waiting.dropFirst() { client.reset() }
        waiting.removeLast(3)
        #expect(waitUntil { server.load.inFlight == Self.share + 1 })
        #expect(try Self.status(address, from: "127.0.0.2") == 200)
      })
  }

  @Test func `bodies that arrive together fill no more than the limit of requests`() async throws {
    let gate = Gate(answering: "/free")
    let configuration = HTTPServerConfiguration.forTests(maximumRequestsPerLoop: 4, queueMilliseconds: 60_000)
    try await withServer(configuration, loops: 1, responder: gate) { address, server in
      try await blocking {
        defer { gate.open() }
        let clients = try (0..<8).map { _ in try TestClient(address) }
        for client in clients {
          try client.send("POST /held HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n1")
        }
        #expect(waitUntil { server.load.incompleteBytes > 0 })
        usleep(100_000)
        for client in clients { try client.send("2") }
        #expect(waitUntil { server.load.shed == 4 })
        #expect(gate.waitingCount == 4)
        gate.open()
        let statuses = try clients.map { try $0.readResponse().status }
        #expect(statuses.count { $0 == 200 } == 4 && statuses.count { $0 == 503 } == 4)
      }
    }
  }
}
