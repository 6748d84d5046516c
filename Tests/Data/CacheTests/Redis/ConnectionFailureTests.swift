import Cache
import DatabaseTestSupport
import Secrets
import TestSupport
import Testing
import Transport

@testable import RedisDriver

@Suite("Connections that fail")
struct ConnectionFailureTests {
  /// Only a server that never answers needs a short limit: on a busy machine a good answer takes longer, too.
  private func open(
    _ configuration: CacheConfiguration, _ fixture: LoopFixture, connectMilliseconds: Int = 60_000
  ) async throws -> RedisConnection {
    let timeouts = RedisTimeouts(
      connectMilliseconds: connectMilliseconds, commandMilliseconds: 60_000, stallMilliseconds: 60_000,
      firstBackoffMilliseconds: 10, maximumBackoffMilliseconds: 50)
    return try await RedisConnection.open(
      configuration, options: RedisOptions(connectionName: "test", timeouts: timeouts), on: fixture.loop)
  }

  private func configuration(_ server: FakeServer) -> CacheConfiguration {
    CacheConfiguration(
      endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u", password: Secret("p"))
  }

  @Test func `a wrong password or an unknown account is an authentication failure`() async throws {
    let fixture = try LoopFixture()
    let server = try RedisServer.shared()
    for user in [server.administrator, "unknown-account"] {
      let configuration = RedisAccounts.configuration(server, user: user, password: Secret("wrong"))
      await #expect(throws: CacheError.authenticationFailed(account: user)) {
        try await open(configuration, fixture)
      }
    }
  }

  @Test func `without an account the default user is tried, which is off`() async throws {
    let fixture = try LoopFixture()
    let server = try RedisServer.shared()
    let configuration = CacheConfiguration(
      endpoint: Endpoint(host: server.host, port: server.port), user: "")
    await #expect(throws: CacheError.self) {
      let connection = try await open(configuration, fixture)
      defer { Task { await connection.close() } }
      _ = try await connection.command(["PING"])
    }
  }

  @Test(arguments: ["127.0.0.1", "no-such-host.invalid"])
  func `a port without a listener and an unknown host are unreachable`(host: String) async throws {
    let fixture = try LoopFixture()
    let configuration = CacheConfiguration(
      endpoint: Endpoint(host: host, port: 1), user: "u")
    let error = await #expect(throws: CacheError.self) { try await open(configuration, fixture) }
    guard case .unreachable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [0, -1, 65_536])
  func `a port that does not exist is unreachable`(port: Int) async throws {
    let fixture = try LoopFixture()
    let configuration = CacheConfiguration(
      endpoint: Endpoint(host: "127.0.0.1", port: port), user: "u")
    await #expect(throws: CacheError.self) { try await open(configuration, fixture) }
  }

  @Test(.timeLimit(.minutes(8)))
  func `a server that accepts and never answers is abandoned in time`() async throws {
    let fixture = try LoopFixture()
    let server = try FakeServer { _ in .nothing }
    await #expect(throws: CacheError.unreachable("127.0.0.1:\(server.port): no connection in time")) {
      try await open(configuration(server), fixture, connectMilliseconds: 150)
    }
  }

  @Test func `a server with another protocol is a protocol error`() async throws {
    let fixture = try LoopFixture()
    let server = try FakeServer { _ in .text("HTTP/1.1 400 Bad Request\r\n\r\n") }
    let error = await #expect(throws: CacheError.self) { try await open(configuration(server), fixture) }
    guard case .protocolViolation = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `the greeting is AUTH and CLIENT SETNAME, and nothing else`() async throws {
    let fixture = try LoopFixture()
    let server = try FakeServer { _ in .text(FakeServer.greeting) }
    let connection = try await open(configuration(server), fixture)
    await connection.close()
    #expect(
      server.received.joined()
        == "*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$1\r\np\r\n*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$4\r\ntest\r\n")
  }

  @Test func `an account without the right to set a name still works`() async throws {
    let fixture = try LoopFixture()
    let server = try FakeServer { piece in
      .text(
        piece.contains("AUTH") ? "+OK\r\n-NOPERM no permissions to run 'client|setname'\r\n" : "+PONG\r\n")
    }
    let connection = try await open(configuration(server), fixture)
    #expect(try await connection.command(["PING"]) == .status("PONG"))
    await connection.close()
  }
}
