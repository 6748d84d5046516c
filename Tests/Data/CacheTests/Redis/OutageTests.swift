import Cache
import DatabaseTestSupport
import EventLoop
import TestSupport
import Testing

@testable import RedisDriver

@Suite("Outages of the server", .serialized)
struct OutageTests {
  private let options = RedisOptions.patient("outage")

  @Test func `a client reports a killed server and reconnects after its restart`() async throws {
    try await ServerControl.withServer("redis") { environment in
      let server = try RedisServer(environment: environment)
      let fixture = try LoopFixture()
      let log = LogRecorder()
      let cache = try Cache.open(
        service: "s",
        from: RedisSource(
          configuration: RedisAccounts.configuration(
            server, user: server.administrator, password: server.password),
          options: options),
        on: fixture.loop, logger: log.logger)
      let traffic = Traffic(cache)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for caller in 0..<8 { group.addTask { await traffic.run(caller) } }
        try await eventually("traffic") { traffic.tally.succeeded > 100 }
        try await server.control.kill()
        try await eventually("the outage is noticed") { traffic.tally.failed > 100 }
        try await server.control.restart()
        let before = traffic.tally.succeeded
        try await eventually("traffic after the restart") { traffic.tally.succeeded > before + 100 }
        traffic.stop()
        try await group.waitForAll()
      }
      let result = traffic.tally
      #expect(result.sent == result.succeeded + result.failed)
      #expect(result.slowest < .seconds(30), "a lost connection ends its commands at once")
      #expect(
        log.lines == ["cache available", "cache unavailable", "cache available"],
        "\(log.values(of: "reason"))")
      #expect(Set(log.values(of: "server")) == ["\(server.host):\(server.port)"])
      #expect(cache.status() == .available)
      await cache.close()
    }
  }

  @Test func `a deleted account loses its connection and is rejected until it exists again`() async throws {
    let server = try RedisServer.shared()
    let fixture = try LoopFixture()
    let administrator = try await RedisAccounts.administrator(server, on: fixture.loop)
    let name = "test-\(UInt32.random(in: 0 ... .max))"
    try await RedisAccounts.make(name, .readWrite, prefix: name + ":", by: administrator)
    let connection = try await RedisAccounts.connect(name, server, on: fixture.loop)
    #expect(try await connection.command(["SET", name + ":k", "1"]) == .status("OK"))
    _ = try await administrator.command(["ACL", "DELUSER", name])
    try await eventually("the deleted account is rejected") {
      do throws(CacheError) {
        _ = try await connection.command(["PING"])
        return false
      } catch {
        return error == .authenticationFailed(account: name)
      }
    }
    try await RedisAccounts.make(name, .readWrite, prefix: name + ":", by: administrator)
    // The next attempt with the refused password follows after a pause.
    try await eventually("the account that exists again is accepted") {
      (try? await connection.command(["PING"])) == .status("PONG")
    }
    _ = try await administrator.command(["DEL", name + ":k"])
    _ = try await administrator.command(["ACL", "DELUSER", name])
    await connection.close()
    await administrator.close()
  }
}
