import Cache
import DatabaseTestSupport
import EventLoop
import Foundation
import Secrets
import Synchronization
import TestSupport
import Testing
import Transport

@testable import RedisDriver

@Suite("Commands that fail")
struct CommandFailureTests {
  /// Sends the greeting, then answers with the test's replies.
  private func server(_ answer: @escaping @Sendable (String) -> FakeServer.Answer) throws -> FakeServer {
    try FakeServer { piece in piece.contains("AUTH") ? .text(FakeServer.greeting) : answer(piece) }
  }

  private func open(
    _ server: FakeServer, _ fixture: LoopFixture, limits: RedisLimits = RedisLimits(),
    commandMilliseconds: Int = 100, stallMilliseconds: Int = 400
  ) async throws -> RedisConnection {
    let timeouts = RedisTimeouts(
      connectMilliseconds: Patience.milliseconds, commandMilliseconds: commandMilliseconds,
      stallMilliseconds: stallMilliseconds, firstBackoffMilliseconds: 10, maximumBackoffMilliseconds: 50)
    return try await RedisConnection.open(
      CacheConfiguration(
        endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u", password: Secret("p")),
      options: RedisOptions(connectionName: "test", limits: limits, timeouts: timeouts), on: fixture.loop)
  }

  @Test(.timeLimit(.minutes(8)))
  func `a command without a reply ends at its deadline, and a dead connection is replaced`() async throws {
    let fixture = try LoopFixture()
    let server = try server { _ in .nothing }
    let connection = try await open(server, fixture)
    let started = ContinuousClock.now
    await #expect(throws: CacheError.deadlineExceeded) { try await connection.command(["GET", "k"]) }
    #expect(ContinuousClock.now - started >= .milliseconds(99))
    try await eventually("the stalled connection is replaced") { server.connectionCount >= 2 }
    await connection.close()
  }

  @Test(.timeLimit(.minutes(8)))
  func `a server that has stopped costs one wait: further commands are not sent until it answers`()
    async throws
  {
    let fixture = try LoopFixture()
    let mayAnswer = Mutex(false)
    let server = try server { _ in
      while !mayAnswer.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.01) }
      return .text("+PONG\r\n")
    }
    let connection = try await open(server, fixture, stallMilliseconds: 600_000)
    for _ in 0..<200 {
      await #expect(throws: CacheError.deadlineExceeded) { try await connection.command(["GET", "k"]) }
    }
    #expect(server.received.joined().components(separatedBy: "GET").count == 2, "one command was sent")
    mayAnswer.withLock { $0 = true }
    try await eventually("commands succeed after the late reply") {
      (try? await connection.command(["PING"])) == .status("PONG")
    }
    #expect(server.connectionCount == 1)
    await connection.close()
  }

  @Test(.timeLimit(.minutes(8)))
  func `a command after a late reply ends at its own deadline, and not with the stalled connection`()
    async throws
  {
    let fixture = try LoopFixture()
    let server = try server { piece in
      if piece.contains("late") { Thread.sleep(forTimeInterval: 0.2) }
      return piece.contains("never") ? .nothing : .text("+PONG\r\n")
    }
    let connection = try await open(server, fixture, stallMilliseconds: 600_000)
    await #expect(throws: CacheError.deadlineExceeded) { try await connection.command(["GET", "late"]) }
    try await eventually("commands succeed after the late reply") {
      (try? await connection.command(["PING"])) == .status("PONG")
    }
    await #expect(throws: CacheError.deadlineExceeded) { try await connection.command(["GET", "never"]) }
    #expect(server.connectionCount == 1)
    await connection.close()
  }

  @Test(.timeLimit(.minutes(8)))
  func `commands wait for the first attempt no longer than for a reply`() async throws {
    let fixture = try LoopFixture()
    let server = try FakeServer { _ in .nothing }
    let connection = try RedisConnection(
      CacheConfiguration(
        endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u", password: Secret("p")),
      options: RedisOptions(
        connectionName: "test",
        timeouts: RedisTimeouts(connectMilliseconds: 600_000, commandMilliseconds: 100)),
      on: fixture.loop)
    for _ in 0..<200 {
      await #expect(throws: CacheError.unreachable("not connected yet")) {
        try await connection.command(["GET", "k"])
      }
    }
    await connection.close()
  }

  @Test func `a late reply does not answer the next command`() async throws {
    let fixture = try LoopFixture()
    let server = try server { piece in
      if piece.contains("slow") {
        Thread.sleep(forTimeInterval: 0.2)
        return .text("$4\r\nslow\r\n")
      }
      return .text("$4\r\nfast\r\n")
    }
    let connection = try await open(server, fixture, stallMilliseconds: 600_000)
    await #expect(throws: CacheError.deadlineExceeded) { try await connection.command(["GET", "slow"]) }
    var replies: [String?] = []
    try await eventually("the replies after the late one") {
      if let reply = try? await connection.command(["GET", "fast"]) { replies.append(reply.text) }
      return replies.count == 2
    }
    #expect(replies == ["fast", "fast"])
    #expect(server.connectionCount == 1)
    await connection.close()
  }

  @Test func `beyond the limit commands are refused at once`() async throws {
    let fixture = try LoopFixture()
    let server = try server { _ in .nothing }
    let connection = try await open(server, fixture, limits: RedisLimits(commandsInFlight: 3))
    let results = await connection.pipeline([[UInt8]](repeating: Array("PING".utf8), count: 5).map { [$0] })
    #expect(results.count { $0 == .failure(.deadlineExceeded) } == 3)
    #expect(results.count { $0 == .failure(.queueFull) } == 2)
    await connection.close()
  }

  @Test func `each waiting caller fails once when the server hangs up, and later calls work`() async throws {
    let fixture = try LoopFixture()
    let server = try server { piece in piece.contains("bye") ? .hangUp : .text("+PONG\r\n") }
    let connection = try await open(
      server, fixture, commandMilliseconds: Patience.milliseconds, stallMilliseconds: Patience.milliseconds)
    let commands = (0..<100).map { _ in [Array("GET".utf8), Array("bye".utf8)] }
    for result in await connection.pipeline(commands) {
      guard case .failure(.connectionLost) = result else {
        Issue.record("\(result)")
        continue
      }
    }
    try await eventually("the new connection") {
      (try? await connection.command(["PING"])) == .status("PONG")
    }
    #expect(server.connectionCount == 2)
    await connection.close()
  }

  @Test(arguments: ["+surprise\r\n+surprise\r\n", "?\r\n", "*2147483647\r\n"])
  func `a client drops a server that violates the protocol, and reconnects`(text: String) async throws {
    let fixture = try LoopFixture()
    let server = try server { piece in .text(piece.contains("bad") ? text : "+PONG\r\n") }
    let connection = try await open(server, fixture)
    _ = try? await connection.command(["GET", "bad"])
    try await eventually("the new connection") {
      let reply = try? await connection.command(["PING"])
      return reply == .status("PONG") && server.connectionCount == 2
    }
    await connection.close()
  }

  @Test func `a reply beyond the limit fails, and the next command works`() async throws {
    let fixture = try LoopFixture()
    let server = try server { piece in
      .text(piece.contains("big") ? "$5000\r\n" + String(repeating: "x", count: 5000) + "\r\n" : "+PONG\r\n")
    }
    let connection = try await open(
      server, fixture, limits: RedisLimits(replyBytes: 1000), commandMilliseconds: Patience.milliseconds,
      stallMilliseconds: Patience.milliseconds)
    await #expect(throws: CacheError.replyTooLarge) { try await connection.command(["GET", "big"]) }
    try await eventually("the new connection") {
      (try? await connection.command(["PING"])) == .status("PONG")
    }
    await connection.close()
  }

  @Test func `closing fails each waiting caller with closed`() async throws {
    let fixture = try LoopFixture()
    let server = try server { _ in .nothing }
    let connection = try await open(
      server, fixture, commandMilliseconds: Patience.milliseconds, stallMilliseconds: Patience.milliseconds)
    async let results = connection.pipeline((0..<10).map { _ in [Array("PING".utf8)] })
    try await eventually("the command is sent") { server.received.contains { $0.contains("PING") } }
    await connection.close()
    #expect(await results.allSatisfy { $0 == .failure(.closed) })
    await #expect(throws: CacheError.closed) { try await connection.command(["PING"]) }
  }

  @Test func `a dropped connection closes its descriptor`() async throws {
    let fixture = try LoopFixture()
    let server = try server { _ in .text("+PONG\r\n") }
    var connection: RedisConnection? = try await open(
      server, fixture, commandMilliseconds: Patience.milliseconds, stallMilliseconds: Patience.milliseconds)
    #expect(try await connection?.command(["PING"]) == .status("PONG"))
    let loop = fixture.loop
    #expect(try await fixture.run { loop.registrationCount } == 1)
    connection = nil
    try await eventually("the descriptor is deregistered") {
      try await fixture.run { loop.registrationCount } == 0
    }
  }

  @Test func `while the first attempt is open commands wait for it`() async throws {
    let fixture = try LoopFixture()
    let server = try server { piece in
      .text(String(repeating: "+PONG\r\n", count: piece.split(separator: "PING").count - 1))
    }
    let connection = try RedisConnection(
      CacheConfiguration(
        endpoint: Endpoint(host: "localhost", port: server.port), user: "u", password: Secret("p")),
      options: RedisOptions(
        connectionName: "test",
        timeouts: RedisTimeouts(connectMilliseconds: 60_000, commandMilliseconds: 60_000)),
      on: fixture.loop)
    let results = await connection.pipeline((0..<10).map { _ in [Array("PING".utf8)] })
    #expect(results.allSatisfy { $0 == .success(.status("PONG")) })
    await connection.close()
  }

  @Test(.timeLimit(.minutes(8)))
  func `while there is no connection commands fail at once, and not at their deadline`() async throws {
    let fixture = try LoopFixture()
    let connection = try RedisConnection(
      CacheConfiguration(
        endpoint: Endpoint(host: "127.0.0.1", port: 1), user: "u"),
      options: RedisOptions(
        connectionName: "test",
        timeouts: RedisTimeouts(
          commandMilliseconds: 600_000, firstBackoffMilliseconds: 600_000, maximumBackoffMilliseconds: 600_000
        )),
      on: fixture.loop)
    for _ in 0..<100 {
      await #expect(throws: CacheError.self) { try await connection.command(["PING"]) }
    }
    await connection.close()
  }
}
