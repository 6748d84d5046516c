import Cache
import DatabaseTestSupport
import Foundation
import Secrets
import Synchronization
import TestSupport
import Testing
import Transport

@testable import RedisDriver

/// A server, or what stands between, that ends links on which nothing happens.
@Suite("Links that end while they are idle")
struct IdleLinkTests {
  private static let options = RedisOptions.patient("idle")

  @Test func `a server that closes idle links is available, and the next command succeeds`() async throws {
    try await ServerControl.withServer("redis") { environment in
      let server = try RedisServer(environment: environment)
      let (loop, log) = (try LoopFixture(), LogRecorder())
      let administrator = try await RedisAccounts.administrator(server, on: loop.loop)
      try await RedisAccounts.make("rw", .readWrite, prefix: "s:", by: administrator)
      let cache = try Cache.open(
        service: "s",
        from: RedisSource(
          configuration: RedisAccounts.configuration(
            server, user: "rw", password: Secret(RedisAccounts.password)),
          options: Self.options), on: loop.loop, logger: log.logger)
      let key = cache.key("attempts")
      #expect(await cache.increment(key, ttlSeconds: 600) == 1)
      let first = try await Self.link(of: "rw", administrator)
      _ = try await administrator.command(["CONFIG", "SET", "timeout", "1"])
      try await eventually("another link") {
        let link = try await Self.link(of: "rw", administrator)
        return link != nil && link != first
      }
      #expect(await cache.increment(key, ttlSeconds: 600) == 2)
      _ = try await administrator.command(["CONFIG", "SET", "timeout", "0"])
      #expect(log.lines == ["cache available"], "\(log.values(of: "reason"))")
      await cache.close()
      await administrator.close()
    }
  }

  /// The id of the account's link in the server.
  private static func link(of user: String, _ administrator: RedisConnection) async throws -> Substring? {
    let list = try await administrator.command(["CLIENT", "LIST"]).text
    let link = list?.split(separator: "\n").first { $0.contains(" user=\(user) ") }
    return link?.split(separator: " ").first
  }

  /// Until the link has existed for as long as one that counts as steady.
  private static func becomeSteady() async throws { try await Task.sleep(for: .seconds(1)) }

  @Test(.timeLimit(.minutes(8)))
  func `commands wait for the link after an idle one, and no status is reported`() async throws {
    let loop = try LoopFixture()
    let greetings = Atomic<Int>(0)
    let mayGreet = DispatchSemaphore(value: 0)
    let server = try FakeServer { piece in
      guard piece.contains("AUTH") else { return .text("+PONG\r\n") }
      if greetings.add(1, ordering: .sequentiallyConsistent).newValue > 1 { mayGreet.wait() }
      return .text(FakeServer.greeting)
    }
    let statuses = Mutex<[CacheStatus]>([])
    let connection = try RedisConnection(
      Self.configuration(server), options: Self.options, on: loop.loop,
      onStatus: { status in statuses.withLock { $0.append(status) } })
    #expect(try await connection.command(["PING"]) == .status("PONG"))
    try await Self.becomeSteady()
    server.hangUp()
    try await eventually("the next greeting") { greetings.load(ordering: .sequentiallyConsistent) == 2 }
    async let reply = connection.command(["PING"])
    try await Task.sleep(for: .milliseconds(50))
    mayGreet.signal()
    #expect(try await reply == .status("PONG"))
    #expect(statuses.withLock { $0 } == [.available])
    await connection.close()
  }

  @Test func `a server that is gone when an idle link ends is unavailable`() async throws {
    try await ServerControl.withServer("redis") { environment in
      let server = try RedisServer(environment: environment)
      let loop = try LoopFixture()
      let status = AsyncBox<CacheStatus>()
      let connection = try RedisConnection(
        RedisAccounts.configuration(server, user: server.administrator, password: server.password),
        options: Self.options, on: loop.loop, onStatus: { status.set($0) })
      #expect(try await connection.command(["PING"]) == .status("PONG"))
      try await Self.becomeSteady()
      try await server.control.kill()
      _ = try await status.value { $0 != .available }
      await #expect(throws: CacheError.self) { try await connection.command(["PING"]) }
      await connection.close()
    }
  }

  @Test(.timeLimit(.minutes(8)))
  func `a server that ends each link after its greeting is unavailable`() async throws {
    let loop = try LoopFixture()
    let server = try FakeServer { _ in .text(FakeServer.greeting) }
    let statuses = Mutex<[CacheStatus]>([])
    let connection = try RedisConnection(
      Self.configuration(server), options: Self.options, on: loop.loop,
      onStatus: { status in
        statuses.withLock { $0.append(status) }
        if status == .available { server.hangUp() }
      })
    try await eventually("reports") { statuses.withLock { $0.count } > 2 }
    #expect(statuses.withLock { $0[0] == .available && $0[1] != .available })
    await connection.close()
  }

  private static func configuration(_ server: FakeServer) -> CacheConfiguration {
    CacheConfiguration(
      endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u", password: Secret("p"))
  }
}
