import Cache
import DatabaseTestSupport
import EventLoop
import TestSupport
import Testing

@testable import RedisDriver

@Suite("Encrypted connections to a real server")
struct EncryptedConnectionTests {
  private let options = RedisOptions.patient("encrypted")

  private func open(_ configuration: CacheConfiguration, _ fixture: LoopFixture) async throws
    -> RedisConnection
  {
    try await RedisConnection.open(configuration, options: options, on: fixture.loop)
  }

  /// Runs `body` with a verified connection to a server.
  private func withConnection(
    settings: [String] = [], _ body: (RedisConnection) async throws -> Void
  ) async throws {
    let authority = try await RedisCertificate()
    let fixture = try LoopFixture()
    try await EncryptedRedis.with(authority, settings: settings) { server in
      let connection = try await open(
        server.configuration(.verifyFull(authorityFile: authority.authorityFile)), fixture)
      try await body(connection)
      await connection.close()
    }
  }

  @Test(arguments: ["TLSv1.2", "TLSv1.3"])
  func `a client connects to a server with the right certificate, in both versions`(version: String)
    async throws
  {
    try await withConnection(settings: ["tls-protocols \(version)"]) { (connection) async throws in
      #expect(try await connection.command(["PING"]) == .status("PONG"))
      #expect(try await connection.command(["ACL", "WHOAMI"]).text == "cache-admin")
      #expect(try await connection.command(["CLIENT", "GETNAME"]).text == "encrypted")
    }
  }

  @Test func `large values pass in both directions`() async throws {
    try await withConnection { connection in
      for count in [1 << 14, 1 << 20] {
        let value = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let key = Array("large".utf8)
        _ = try await connection.command([Array("SET".utf8), key, value])
        #expect(try await connection.command([Array("GET".utf8), key]) == .bytes(value))
      }
    }
  }

  @Test func `a thousand commands in one pipeline get their replies in order`() async throws {
    try await withConnection { connection in
      let results = await connection.pipeline(
        (0..<1000).map { ["ECHO", "number \($0)"].map { Array($0.utf8) } })
      for (index, result) in results.enumerated() {
        #expect(result == .success(.bytes(Array("number \(index)".utf8))))
      }
    }
  }

  @Test func `many large commands at once succeed`() async throws {
    try await withConnection { connection in
      let value = [UInt8](repeating: 7, count: 40_000)
      await withTaskGroup(of: Bool.self) { group in
        for caller in 0..<60 {
          group.addTask {
            let key = Array("key \(caller)".utf8)
            let results = await connection.pipeline([
              [Array("SET".utf8), key, value + [UInt8(caller)]], [Array("GET".utf8), key],
            ])
            return results.last == .success(.bytes(value + [UInt8(caller)]))
          }
        }
        for await isRight in group { #expect(isRight) }
      }
    }
  }

  @Test func `without verification a client connects to a server with any certificate`() async throws {
    let fixture = try LoopFixture()
    try await EncryptedRedis.with(RedisCertificate(issuingTo: "DNS:other.test")) { server in
      let connection = try await open(server.configuration(.require), fixture)
      #expect(try await connection.command(["PING"]) == .status("PONG"))
      await connection.close()
    }
  }

  @Test func `a client reports a killed server, and uses it again after its restart`() async throws {
    let authority = try await RedisCertificate()
    let fixture = try LoopFixture()
    let log = LogRecorder()
    try await EncryptedRedis.with(authority) { server in
      let cache = try Cache.open(
        service: "s",
        from: RedisSource(
          configuration: server.configuration(.verifyFull(authorityFile: authority.authorityFile)),
          options: options),
        on: fixture.loop, logger: log.logger)
      let traffic = Traffic(cache)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for caller in 0..<8 { group.addTask { await traffic.run(caller) } }
        try await eventually("traffic") { traffic.tally.succeeded > 100 }
        try await server.kill()
        try await eventually("the outage is noticed") { traffic.tally.failed > 100 }
        try await server.start(authority)
        let before = traffic.tally.succeeded
        try await eventually("traffic after the restart") { traffic.tally.succeeded > before + 100 }
        traffic.stop()
        try await group.waitForAll()
      }
      let result = traffic.tally
      #expect(result.sent == result.succeeded + result.failed)
      #expect(
        log.lines == ["cache available", "cache unavailable", "cache available"],
        "\(log.values(of: "reason"))")
      #expect(cache.status() == .available)
      await cache.close()
    }
  }

  @Test func `a client refuses a server that returns with another certificate`() async throws {
    let authority = try await RedisCertificate()
    let fixture = try LoopFixture()
    try await EncryptedRedis.with(authority) { server in
      let connection = try await open(
        server.configuration(.verifyFull(authorityFile: authority.authorityFile)), fixture)
      try await server.kill()
      try await server.start(RedisCertificate())
      try await eventually("the other certificate is refused") {
        do throws(CacheError) {
          _ = try await connection.command(["PING"])
          return false
        } catch {
          return error == .untrustedServer("self-signed certificate in certificate chain")
        }
      }
      try await server.kill()
      try await server.start(authority)
      try await eventually("the right certificate is accepted again") {
        (try? await connection.command(["PING"])) == .status("PONG")
      }
      await connection.close()
    }
  }
}
