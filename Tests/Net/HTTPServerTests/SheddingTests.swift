import Clock
import EventLoop
import Glibc
import HTTP
import HTTPServer
import Routing
import ServerTestSupport
import Synchronization
import TestSupport
import Testing
import Transport

/// Requests that a loop has no time for. One held request takes the only place.
@Suite("Shedding") struct SheddingTests {
  private static let configuration = HTTPServerConfiguration.forTests(
    reservedTargets: ["/probe"], operatorTargets: ["/figures"], maximumRequestsPerLoop: 1)

  @Test func `a request beyond the limit gets 503 at once, and its connection stays`() async throws {
    try await Self.whileBusy { address, server, gate in
      let client = try TestClient(address)
      let refused = try client.get("/target")
      #expect(refused.status == 503 && refused["retry-after"] == "1" && refused["connection"] == nil)
      #expect(refused["content-type"] == "application/problem+json")
      #expect(refused["x-content-type-options"] == "nosniff" && refused["cache-control"] == "no-store")
      #expect(refused["x-request-id"]?.isEmpty == false)
      #expect(refused["date"]?.hasSuffix(" GMT") == true)
      gate.open()
      #expect(try client.get("/target").body == "/target")
      #expect(server.load.shed == 1)
    }
  }

  @Test func `a client that repeats a refused request at once is not read for a while`() async throws {
    try await Self.whileBusy { address, server, _ in
      let client = try TestClient(address)
      let start = MonotonicClock.nanoseconds()
      for _ in 0..<3 { #expect(try client.get("/target").status == 503) }
      #expect(MonotonicClock.nanoseconds() - start > 900_000_000)
      #expect(server.load.shed == 3)
    }
  }

  @Test(arguments: ["/probe", "/figures"])
  func `a prober and a scraper are never refused`(_ target: String) async throws {
    try await Self.whileBusy(answering: target) { address, _, _ in
      let client = try TestClient(address)
      for _ in 0..<3 { #expect(try client.get(target).status == 200) }
      #expect(try client.get(target + "s").status == 503)
    }
  }

  @Test func `what is pipelined behind a probe is refused like any other request`() async throws {
    try await Self.whileBusy(answering: "/probe") { address, server, _ in
      let client = try TestClient(address)
      try client.send(String(repeating: "GET /probe HTTP/1.1\r\nHost: t\r\n\r\n", count: 2))
      #expect(try client.readResponse().status == 200)
      #expect(try client.readResponse().status == 503)
      #expect(server.load.shed == 1)
    }
  }

  @Test func `of measurements in progress only a few pass the limit, and probes still do`() async throws {
    try await Self.whileBusy(answering: "/probe") { address, server, gate in
      let figures = "GET /figures HTTP/1.1\r\nHost: t\r\n\r\n"
      let clients = try (0..<20).map { _ in try TestClient(address) }
      for client in clients { try client.send(figures) }
      #expect(waitUntil { server.load.shed >= 16 })
      #expect(gate.waitingCount == 5)
      #expect(try TestClient(address).get("/probe").status == 200)
      gate.open()
      var passed = 0
      for client in clients { passed += try client.readResponse().status == 200 ? 1 : 0 }
      #expect(passed == 4)
      for client in clients.prefix(6) {
        #expect(try client.get("/figures").status == 200)
      }
    }
  }

  @Test(arguments: ["\r\n", "G", "GET", "GET /", "GET /figure", "P", "HEA"])
  func `a client that pauses within the first bytes is refused like any other`(_ first: String) async throws {
    let rest =
      first == "\r\n" ? "GET /target" : first == "P" ? "UT /target" : first == "HEA" ? "D /target" : nil
    let head = first + (rest ?? String("GET /figurex".dropFirst(first.count)))
    let pieces = [first, String(head.dropFirst(first.count)) + " HTTP/1.1\r\nHost: t\r\n\r\n"]
    try await Self.whileBusy { address, server, _ in
      _ = try Self.refused(pieces, at: address, toHead: first == "HEA")
      #expect(server.load.shed == 1)
    }
  }

  @Test(arguments: ["G", "GET ", "GET /pro"])
  func `a probe that arrives in pieces is served`(_ first: String) async throws {
    try await Self.whileBusy(answering: "/probe") { address, _, _ in
      let client = try TestClient(address)
      try client.send(first)
      usleep(20_000)
      try client.send("GET /probe HTTP/1.1\r\nHost: t\r\n\r\n".dropFirst(first.count).utf8)
      #expect(try client.readResponse().status == 200)
    }
  }

  @Test func `a body never becomes a request, however it is split`() async throws {
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"
    let head = "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n"
    let splits = [
      [head + smuggled], [head, smuggled], [head + "GET /smu", String(smuggled.dropFirst(8))],
    ]
    try await Self.whileBusy { address, server, gate in
      var clients: [TestClient] = []
      for parts in splits { clients.append(try Self.refused(parts, at: address)) }
      gate.open()
      for client in clients { #expect(try client.get("/after").body == "/after") }
      #expect(server.load.shed == 3)
    }
  }

  @Test func `pipelined requests are refused one by one, in their order`() async throws {
    try await Self.whileBusy { address, server, gate in
      let client = try TestClient(address)
      try client.send("HEAD /1 HTTP/1.1\r\nHost: t\r\n\r\nGET /2 HTTP/1.1\r\nHost: t\r\n\r\n")
      let first = try client.readResponse(toHead: true)
      #expect(first.status == 503 && first["content-length"] != "0")
      gate.open()
      #expect(try client.readResponse().body == "/2")
      #expect(server.load.shed == 1)
    }
  }

  @Test(arguments: [
    "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
  ])
  func `a connection that cannot stay closes after the refusal`(_ request: String) async throws {
    try await Self.whileBusy { address, _, _ in
      let client = try TestClient(address)
      try client.send(request)
      let refused = try client.readResponse()
      #expect(refused.status == 503 && refused["connection"] == "close")
      #expect(client.isAtEnd())
    }
  }

  @Test func `a malformed request is refused for its fault`() async throws {
    try await Self.whileBusy { address, server, _ in
      let client = try TestClient(address)
      try client.send("GET / HTTP/1.1\r\n\r\n")
      #expect(try client.readResponse().status == 400)
      #expect(server.load.shed == 0)
    }
  }

  @Test func `a refused client that is gone leaves no connection, and a stop waits for none`() async throws {
    try await Self.whileBusy { address, server, gate in
      do { #expect(try TestClient(address).get("/target").status == 503) }
      #expect(waitUntil { server.connectionCount == 1 })
      let paused = try TestClient(address)
      #expect(try paused.get("/target").status == 503)
      gate.open()
      Task { await server.stop(drainSeconds: 60) }
      #expect(paused.isAtEnd())
    }
  }

  /// A client that has sent a request in parts and got its refusal.
  private static func refused(
    _ parts: [String], at address: SocketAddress, toHead isHead: Bool = false
  ) throws -> TestClient {
    let client = try TestClient(address)
    for part in parts {
      try client.send(part)
      usleep(20_000)
    }
    #expect(try client.readResponse(toHead: isHead).status == 503)
    return client
  }

  /// Runs a body while the only request that the server takes at a time is held.
  private static func whileBusy(
    answering target: String = "/none",
    _ body: @escaping @Sendable (SocketAddress, HTTPServer, Gate) throws -> Void
  ) async throws {
    let gate = Gate(answering: target)
    try await withServer(configuration, loops: 1, responder: gate) { address, server in
      async let held = blocking { try TestClient(address).get("/held").status }
      #expect(await eventually { gate.waitingCount == 1 })
      try await blocking {
        defer { gate.open() }
        try body(address, server, gate)
      }
      let status = try await held
      #expect(status == 200)
    }
  }
}

/// A standing queue of the data path, on the loop of the requests.
@Suite("Shedding behind a queue") struct QueueSheddingTests {
  @Test func `while changes wait too long, some changes are refused, and no read is`()
    async throws
  {
    let responder = QueueingResponder()
    try await withServer(
      HTTPServerConfiguration.forTests(queueMilliseconds: 200), loops: 1, responder: responder
    ) {
      address, server in
      let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
        // Each has a source of its own, so that none waits for its share.
        for number in 0..<24 {
          group.addTask {
            try await blocking {
              try Self.statuses(of: "POST /change", 8, at: address, from: "127.0.1.\(number)")
            }
          }
        }
        group.addTask { try await blocking { try Self.statuses(of: "GET /read", 20, at: address) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let reads = try #require(statuses.first { $0.count == 20 })
      #expect(reads.allSatisfy { $0 == 200 })
      let changes = statuses.filter { $0.count == 8 }.flatMap(\.self)
      #expect(changes.contains(503) && changes.contains(200))
      #expect(server.load.shed == changes.count { $0 == 503 })
    }
  }

  private static func statuses(
    of request: String, _ count: Int, at address: SocketAddress, from host: String? = nil
  ) throws -> [Int] {
    let client = try TestClient(address, from: host)
    return try (0..<count).map { _ in
      try client.send("\(request) HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n")
      return try client.readResponse().status
    }
  }
}

/// Responds to changes after 400 ms, and reports that as their wait. A loop on a busy machine is not late by as much as the
/// server's 200 ms, so no read is refused.
private struct QueueingResponder: Responder {
  func respond(to request: Request) async -> Response {
    guard let loop = EventLoop.current, request.method == .post else { return .text("read") }
    let arrival = MonotonicClock.nanoseconds()
    await loop.sleep(milliseconds: 400)
    let now = MonotonicClock.nanoseconds()
    loop.load.note(waitNanoseconds: now - arrival, of: .change, at: now)
    return .text("change")
  }
}
