import HTTP
import TestSupport
import Testing
import Transport

@testable import HTTPServer

@Suite("ClientShares") struct ClientSharesTests {
  private static let fast: UInt64 = 1_000_000
  private static let slow: UInt64 = 400_000_000

  /// An object, because an expectation cannot change a value.
  private final class Shares {
    private var state = ClientShares<Int>(queueNanoseconds: 500_000_000, mostWaiting: 2)

    var waitingCount: Int { state.waitingCount }

    func enter(_ waiter: Int, of client: Int) -> ClientShares<Int>.Verdict { state.enter(waiter, of: client) }

    @discardableResult
    func leave(_ client: Int, after nanoseconds: UInt64, at now: UInt64) -> Bool {
      state.leave(client, after: nanoseconds, at: now)
    }

    func next(of client: Int) -> Int? { state.next(of: client) }

    func take(_ client: Int) { state.take(client) }

    func client(of token: Int) -> Int { state.client(of: token) }

    func note(_ token: Int, isOf user: Int64) { state.note(token, isOf: user) }
  }

  @Test func `the tokens of one user are one client once they are known, and those of another are not`() {
    let shares = Shares()
    #expect(shares.client(of: 1) == 1)
    for token in 1...3 { shares.note(token, isOf: 7) }
    shares.note(4, isOf: 8)
    let clients = (1...5).map(shares.client)
    #expect(Set(clients.prefix(3)).count == 1 && Set(clients).count == 3)
    #expect(clients[4] == 5, "its user is unknown")
  }

  @Test func `too many tokens are forgotten, and noted again`() {
    let shares = Shares()
    for token in 0..<ServerLimit.rememberedTokens { shares.note(token, isOf: 7) }
    let client = shares.client(of: 0)
    shares.note(ServerLimit.rememberedTokens, isOf: 7)
    #expect(shares.client(of: 0) == 0)
    shares.note(0, isOf: 7)
    #expect(shares.client(of: 0) == client)
  }

  @Test func `a client beyond its share waits, then is refused, and another client begins`() {
    let shares = Shares()
    for number in 0..<ServerLimit.firstShare { #expect(shares.enter(number, of: 1) == .begins) }
    #expect(shares.enter(90, of: 1) == .waits && shares.enter(91, of: 1) == .waits)
    #expect(shares.enter(92, of: 1) == .refused)
    #expect(shares.enter(93, of: 2) == .begins)
    #expect(shares.waitingCount == 2)
  }

  @Test func `waiters follow in their order as places become free`() {
    let shares = Shares()
    for number in 0..<ServerLimit.firstShare { _ = shares.enter(number, of: 1) }
    _ = shares.enter(90, of: 1)
    _ = shares.enter(91, of: 1)
    #expect(shares.next(of: 1) == nil)
    #expect(shares.leave(1, after: Self.slow / 4, at: 0))
    #expect(shares.next(of: 1) == 90)
    shares.take(1)
    #expect(shares.next(of: 1) == nil)
    #expect(shares.leave(1, after: Self.slow / 4, at: 0))
    #expect(shares.next(of: 1) == 91 && shares.waitingCount == 0)
  }

  @Test func `a share grows while requests are fast and all of it is used`() {
    let shares = Shares()
    for number in 0..<ServerLimit.firstShare { _ = shares.enter(number, of: 1) }
    for _ in 0..<4 {
      shares.leave(1, after: Self.fast, at: 0)
      #expect(shares.enter(0, of: 1) == .begins && shares.enter(0, of: 1) == .begins)
    }
    #expect(shares.enter(0, of: 1) == .waits)
  }

  @Test func `a grown share is remembered when all requests end together`() {
    let shares = Shares()
    for number in 0...ServerLimit.firstShare { _ = shares.enter(number, of: 1) }
    for _ in 0..<ServerLimit.firstShare { shares.leave(1, after: Self.fast, at: 0) }
    #expect(shares.next(of: 1) == ServerLimit.firstShare)
    shares.take(1)
    shares.leave(1, after: Self.fast, at: 0)
    for _ in 0...ServerLimit.firstShare { #expect(shares.enter(0, of: 1) == .begins) }
    #expect(shares.enter(0, of: 1) == .waits)
  }

  @Test func `among too many clients, one with a lowered share stays remembered`() {
    let shares = Shares()
    for round in 0..<50 {
      _ = shares.enter(0, of: 1)
      shares.leave(1, after: Self.slow, at: UInt64(round) * ServerLimit.shareReductionPauseNanoseconds)
    }
    for client in 2...(ServerLimit.rememberedClients + 2) {
      for _ in 0..<ServerLimit.firstShare { _ = shares.enter(0, of: client) }
      for _ in 0..<ServerLimit.firstShare { shares.leave(client, after: Self.fast, at: 0) }
    }
    for _ in 0..<ServerLimit.leastShare { #expect(shares.enter(0, of: 1) == .begins) }
    #expect(shares.enter(0, of: 1) == .waits)
    for _ in 0..<ServerLimit.firstShare { #expect(shares.enter(0, of: 2) == .begins) }
    #expect(shares.enter(0, of: 2) == .waits)
  }

  @Test func `a share shrinks with slow requests to its least, and is remembered`() {
    let shares = Shares()
    for round in 0..<50 {
      _ = shares.enter(0, of: 1)
      _ = shares.leave(1, after: Self.slow, at: UInt64(round) * ServerLimit.shareReductionPauseNanoseconds)
    }
    for _ in 0..<ServerLimit.leastShare { #expect(shares.enter(0, of: 1) == .begins) }
    #expect(shares.enter(0, of: 1) == .waits)
  }
}

/// The shares of clients on a server with one loop. A gate holds every request but one target's.
@Suite("FairServing") struct FairServingTests {
  private static func request(_ target: String, token: String) -> String {
    "GET \(target) HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer \(token)\r\n\r\n"
  }

  /// Fills the share of the token "busy", and runs a body beside it.
  private static func beside(
    _ body: @escaping @Sendable (SocketAddress, HTTPServer, Gate) throws -> Void
  ) async throws {
    let gate = Gate(answering: "/free")
    let configuration = HTTPServerConfiguration(queueMilliseconds: 300)
    try await withServer(configuration, loops: 1, responder: gate) { address, server in
      try await blocking {
        defer { gate.open() }
        let busy = try (0..<ServerLimit.firstShare).map { _ in try TestClient(address) }
        for client in busy { try client.send(request("/held", token: "busy")) }
        #expect(waitUntil { gate.waitingCount == busy.count })
        try body(address, server, gate)
        gate.open()
        for client in busy { #expect(try client.readResponse().body == "/held") }
      }
    }
  }

  @Test func `another client is served while one has used up its share`() async throws {
    try await Self.beside { address, _, _ in
      let other = try TestClient(address)
      try other.send(Self.request("/free", token: "other"))
      #expect(try other.readResponse().body == "/free")
    }
  }

  @Test func `a user's tokens share one share of the loop`() async throws {
    let gate = Gate(answering: "/free", user: 7)
    let configuration = HTTPServerConfiguration(queueMilliseconds: 300)
    try await withServer(configuration, loops: 1, responder: gate) { address, _ in
      try await blocking {
        defer { gate.open() }
        let tokens = (0...ServerLimit.firstShare).map { "token \($0)" }
        let first = try TestClient(address)
        for token in tokens {
          try first.send(Self.request("/free", token: token))
          #expect(try first.readResponse().body == "/free")
        }
        let busy = try tokens.dropLast().map { token in
          let client = try TestClient(address)
          try client.send(Self.request("/held", token: token))
          return client
        }
        #expect(waitUntil { gate.waitingCount == busy.count })
        try first.send(Self.request("/free", token: tokens[ServerLimit.firstShare]))
        #expect(try first.readResponse().status == 503)
        gate.open()
        for client in busy { #expect(try client.readResponse().body == "/held") }
      }
    }
  }

  @Test func `a request that waits too long for its client's share gets 503, and its connection stays`()
    async throws
  {
    try await Self.beside { address, server, gate in
      let late = try TestClient(address)
      try late.send(Self.request("/free", token: "busy"))
      let refused = try late.readResponse()
      #expect(refused.status == 503 && refused["retry-after"] != nil && refused["connection"] == nil)
      #expect(server.load.shed == 1)
      gate.open()
      try late.send(Self.request("/free", token: "busy"))
      #expect(try late.readResponse().body == "/free")
    }
  }

  @Test func `a waiting request begins once its client's requests end`() async throws {
    try await Self.beside { address, _, gate in
      let next = try TestClient(address)
      try next.send(Self.request("/free", token: "busy") + Self.request("/after", token: "busy"))
      gate.open()
      #expect(try next.readResponse().body == "/free")
      #expect(try next.readResponse().body == "/after")
    }
  }

  @Test func `a client that leaves while its request waits takes no place`() async throws {
    try await Self.beside { address, server, gate in
      let before = server.connectionCount
      do {
        let gone = try TestClient(address)
        try gone.send(Self.request("/free", token: "busy"))
        #expect(waitUntil { server.connectionCount == before + 1 })
        gone.reset()
      }
      #expect(waitUntil { server.connectionCount == before })
      gate.open()
      let next = try TestClient(address)
      try next.send(Self.request("/free", token: "busy"))
      #expect(try next.readResponse().body == "/free")
    }
  }
}
