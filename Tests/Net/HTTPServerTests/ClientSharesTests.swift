import HTTP
import ServerTestSupport
import TestSupport
import Testing
import Transport

@testable import HTTPServer

@Suite("ClientShares") struct ClientSharesTests {
  private static let fast: UInt64 = 1_000_000
  private static let slow: UInt64 = 400_000_000

  private enum Outcome { case begins, waits, refused }

  /// An object, because an expectation cannot change a value.
  private final class Shares {
    private var state: ClientShares<Int>
    private(set) var lastPlace = 0

    init(mostWaiting: Int = 4) {
      state = ClientShares(queueNanoseconds: 500_000_000, mostWaiting: mostWaiting)
    }

    var waitingCount: Int { state.waitingCount }

    func enter(_ waiter: Int, of client: Int) -> Outcome {
      switch state.enter(waiter, of: client) {
      case .begins: return .begins
      case .waits(let place):
        lastPlace = place
        return .waits
      case .refused: return .refused
      }
    }

    func use(up client: Int) {
      for number in 0..<ServerLimit.firstShare { #expect(enter(number, of: client) == .begins) }
    }

    @discardableResult
    func leave(_ client: Int, after nanoseconds: UInt64, at now: UInt64) -> Bool {
      state.leave(client, after: nanoseconds, at: now)
    }

    func next(of client: Int) -> Int? { state.next(of: client) }

    func take(_ client: Int) { state.take(client) }

    func abandon(_ place: Int, of client: Int) { state.abandon(place, of: client) }

    func client(of token: Int) -> Int? { state.client(of: token) }

    func note(_ token: Int, isOf user: Int64) { state.note(token, isOf: user) }
  }

  @Test func `the tokens of one user are one client once they are known, and those of another are not`() {
    let shares = Shares()
    for token in 1...3 { shares.note(token, isOf: 7) }
    shares.note(4, isOf: 8)
    let clients = (1...4).map(shares.client)
    #expect(Set(clients.prefix(3)).count == 1 && Set(clients).count == 2 && !clients.contains(nil))
    #expect(shares.client(of: 5) == nil, "its user is unknown")
  }

  @Test func `the tokens of one user make no token forgotten that another user goes on using`() {
    let shares = Shares()
    shares.note(0, isOf: 8)
    for token in 1...(3 * ServerLimit.rememberedTokens) {
      shares.note(token, isOf: 7)
      #expect(shares.client(of: 0) == ClientNumber.of(8))
    }
    #expect(shares.client(of: 1) == nil, "the memory is bounded")
  }

  @Test
  func `the tokens that are new to the loop are one client for each user and source`() {
    let (one, other) = (ClientSource("192.0.2.1"), ClientSource("192.0.2.2"))
    let numbers = [
      ClientNumber.of(7), ClientNumber.of(7, at: one), ClientNumber.of(7, at: other),
      ClientNumber.of(8, at: one),
      ClientNumber.of(7, at: nil), ClientNumber.strangers(of: one), ClientNumber.strangers(of: other),
    ]
    #expect(Set(numbers).count == numbers.count)
  }

  @Test func `each client that waits leaves half of the places to others, and all clients have a bound`() {
    let shares = Shares(mostWaiting: 64)
    let waits = (1...20).map { client in
      shares.use(up: client)
      return (0..<100).count { shares.enter($0, of: client) == .waits }
    }
    #expect(waits.prefix(6) == [32, 16, 8, 4, 2, 1] && shares.waitingCount == 64)
  }

  @Test func `a waiter that leaves gives its place to another, and the order stays`() {
    let shares = Shares()
    shares.use(up: 1)
    #expect(shares.enter(90, of: 1) == .waits)
    let place = shares.lastPlace
    #expect(shares.enter(91, of: 1) == .waits && shares.enter(92, of: 1) == .refused)
    for _ in 0..<2 { shares.abandon(place, of: 1) }
    #expect(shares.waitingCount == 1)
    #expect(shares.enter(92, of: 1) == .waits)
    for _ in 0..<3 { shares.leave(1, after: Self.slow / 4, at: 0) }
    #expect([shares.next(of: 1), shares.next(of: 1), shares.next(of: 1)] == [91, 92, nil])
    #expect(shares.waitingCount == 0)
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

  /// Fills the share of the token "1.busy", and runs a body beside it.
  private static func beside(
    _ body: @escaping @Sendable (SocketAddress, HTTPServer, Gate) throws -> Void
  ) async throws {
    let gate = Gate(answering: "/free")
    let configuration = HTTPServerConfiguration.forTests(queueMilliseconds: 300)
    try await withServer(configuration, loops: 1, responder: gate) { address, server in
      try await blocking {
        defer { gate.open() }
        let busy = try (0..<ServerLimit.firstShare).map { _ in try TestClient(address) }
        for client in busy { try client.send(request("/held", token: "1.busy")) }
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
      try other.send(Self.request("/free", token: "2.other"))
      #expect(try other.readResponse().body == "/free")
    }
  }

  @Test func `a user's tokens share one share of the loop`() async throws {
    let gate = Gate(answering: "/free", user: 7)
    let configuration = HTTPServerConfiguration.forTests(queueMilliseconds: 300)
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
      try late.send(Self.request("/free", token: "1.busy"))
      let refused = try late.readResponse()
      #expect(refused.status == 503 && refused["retry-after"] != nil && refused["connection"] == nil)
      #expect(server.load.shed == 1)
      gate.open()
      try late.send(Self.request("/free", token: "1.busy"))
      #expect(try late.readResponse().body == "/free")
    }
  }

  @Test func `a waiting request begins once its client's requests end`() async throws {
    try await Self.beside { address, _, gate in
      let next = try TestClient(address)
      try next.send(Self.request("/free", token: "1.busy") + Self.request("/after", token: "1.busy"))
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
        try gone.send(Self.request("/free", token: "1.busy"))
        #expect(waitUntil { server.connectionCount == before + 1 })
        gone.reset()
      }
      #expect(waitUntil { server.connectionCount == before })
      gate.open()
      let next = try TestClient(address)
      try next.send(Self.request("/free", token: "1.busy"))
      #expect(try next.readResponse().body == "/free")
    }
  }
}
