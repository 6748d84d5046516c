import Cache
import DatabaseTestSupport
import EventLoop
import Secrets
import TestSupport
import Testing
import Transport

@testable import RedisDriver

@Suite("Many commands on one connection")
struct PipelineTests {
  @Test func `the commands of one batch leave in one write`() async throws {
    let fixture = try LoopFixture()
    let server = try FakeServer { piece in
      piece.contains("AUTH")
        ? .text(FakeServer.greeting)
        : .text(String(repeating: "+PONG\r\n", count: piece.split(separator: "PING").count - 1))
    }
    let connection = try await RedisConnection.open(
      CacheConfiguration(
        endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u", password: Secret("p")),
      options: .patient("test"), on: fixture.loop)
    let replies = try await fixture.run {
      await withTaskGroup(of: RESPValue?.self) { group in
        for _ in 0..<100 { group.addTask { try? await connection.command(["PING"]) } }
        return await group.reduce(into: 0) { if $1 == .status("PONG") { $0 += 1 } }
      }
    }
    #expect(replies == 100)
    #expect(server.received.count <= 5, "a hundred commands in \(server.received.count - 1) pieces")
    await connection.close()
  }

  @Test func `every caller gets its own reply, on any thread`() async throws {
    let fixture = try LoopFixture()
    let server = try RedisServer.shared()
    let connection = try await RedisAccounts.administrator(server, on: fixture.loop)
    let prefix = "test-\(UInt32.random(in: 0 ... .max)):"
    let wrong = await withTaskGroup(of: Int.self) { group in
      for caller in 0..<200 {
        group.addTask { await Self.converse(caller, connection, prefix) }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
    await connection.close()
  }

  /// Counts the replies that were not the caller's own.
  private static func converse(_ caller: Int, _ connection: RedisConnection, _ prefix: String) async -> Int {
    var wrong = 0
    for round in 0..<20 {
      let (key, value) = ("\(prefix)\(caller)", "\(caller)-\(round)")
      _ = try? await connection.command(["SET", key, value, "EX", "60"])
      if (try? await connection.command(["GET", key]).text) != value { wrong += 1 }
    }
    return wrong
  }

  @Test func `large values pass in both directions`() async throws {
    let fixture = try LoopFixture()
    let connection = try await RedisAccounts.administrator(RedisServer.shared(), on: fixture.loop)
    let key = Array("test-\(UInt32.random(in: 0 ... .max)):large".utf8)
    let value = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    _ = try await connection.command([Array("SET".utf8), key, value])
    #expect(try await connection.command([Array("GET".utf8), key]) == .bytes(value))
    #expect(try await connection.command([Array("DEL".utf8), key]) == .integer(1))
    await connection.close()
  }
}
