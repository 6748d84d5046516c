import Cache
import DatabaseTestSupport
import EventLoop
import Glibc
import Secrets
import TestSupport
import Testing
import Transport

@testable import RedisDriver

@Suite("A server that answers and refuses")
struct RefusingServerTests {
  private struct Fixture {
    let administrator: RedisConnection
    let writer: Cache
    let reader: Cache
    let writerLog: LogRecorder
    let readerLog: LogRecorder
    /// The folder into which the server saves.
    let home: String

    func set(_ words: String...) async throws { _ = try await administrator.command(words) }
  }

  /// Each time limit that ends on a busy machine would change the status once more.
  private static let options = RedisOptions.patient("refusing")

  /// A server of the test's own, with an account that writes and one that reads.
  private func withServer(_ body: (Fixture) async throws -> Void) async throws {
    try await ServerControl.withServer("redis") { environment in
      let server = try RedisServer(environment: environment)
      let loop = try LoopFixture()
      let administrator = try await RedisAccounts.administrator(server, on: loop.loop)
      try await RedisAccounts.make("rw", .readWrite, prefix: "s:", by: administrator)
      try await RedisAccounts.make("ro", .read, prefix: "s:", by: administrator)
      let logs = (writer: LogRecorder(), reader: LogRecorder())
      func open(_ user: String, _ access: CacheRights.Access, _ log: LogRecorder) throws -> Cache {
        let configuration = RedisAccounts.configuration(
          server, user: user, password: Secret(RedisAccounts.password))
        return try Cache.open(
          service: "s", access: access,
          from: RedisSource(configuration: configuration, options: Self.options), on: loop.loop,
          logger: log.logger)
      }
      let fixture = Fixture(
        administrator: administrator, writer: try open("rw", .readWrite, logs.writer),
        reader: try open("ro", .read, logs.reader), writerLog: logs.writer, readerLog: logs.reader,
        home: try environment.value("SERVER_HOME"))
      #expect(await fixture.writer.probe() == .available)
      #expect(await fixture.reader.probe() == .available)
      try await body(fixture)
      await fixture.writer.close()
      await fixture.reader.close()
      await administrator.close()
    }
  }

  private static let changes = ["cache available", "cache unavailable", "cache available"]

  private static func isUnavailable(_ status: CacheStatus, naming code: String) -> Bool {
    if case .unavailable(let reason) = status { reason.contains(code) } else { false }
  }

  @Test func `a server out of memory is unavailable with its reason, and available with memory again`()
    async throws
  {
    try await withServer { fixture in
      let key = fixture.writer.key("attempts")
      #expect(await fixture.writer.increment(key, ttlSeconds: 600) == 1)
      try await fixture.set("CONFIG", "SET", "maxmemory", "1")
      for _ in 0..<5 { #expect(await fixture.writer.increment(key, ttlSeconds: 600) == nil) }
      #expect(await fixture.writer.get(key) == Array("1".utf8))
      #expect(Self.isUnavailable(fixture.writer.status(), naming: "OOM command not allowed"))
      #expect(Self.isUnavailable(await fixture.writer.probe(), naming: "OOM command not allowed"))
      #expect(await fixture.reader.probe() == .available)
      try await fixture.set("CONFIG", "SET", "maxmemory", "0")
      #expect(await fixture.writer.probe() == .available)
      #expect(await fixture.writer.increment(key, ttlSeconds: 600) == 2)
      #expect(fixture.writerLog.lines == Self.changes, "\(fixture.writerLog.values(of: "reason"))")
      #expect(fixture.readerLog.lines == ["cache available"])
    }
  }

  @Test func `a probe alone finds a server that refuses writes`() async throws {
    try await withServer { fixture in
      try await fixture.set("CONFIG", "SET", "maxmemory", "1")
      #expect(Self.isUnavailable(await fixture.writer.probe(), naming: "OOM"))
    }
  }

  @Test func `a connection to a replica is given up, and made again after the promotion`() async throws {
    try await withServer { fixture in
      let key = fixture.writer.key("attempts")
      try await fixture.set("REPLICAOF", "127.0.0.1", "1")
      #expect(await fixture.writer.increment(key, ttlSeconds: 600) == nil)
      try await eventually("the connection is given up") {
        Self.isUnavailable(fixture.writer.status(), naming: "READONLY")
      }
      // Several attempts later the server is still a replica.
      try await Task.sleep(for: .milliseconds(500))
      #expect(Self.isUnavailable(await fixture.writer.probe(), naming: "READONLY"))
      #expect(await fixture.reader.probe() == .available)
      #expect(fixture.readerLog.lines == ["cache available"])
      try await fixture.set("REPLICAOF", "NO", "ONE")
      try await eventually("the promoted server is used") { await fixture.writer.probe() == .available }
      #expect(await fixture.writer.increment(key, ttlSeconds: 600) == 1)
      #expect(fixture.writerLog.lines == Self.changes, "\(fixture.writerLog.values(of: "reason"))")
    }
  }

  @Test func `a replica without its primary is unavailable to an account that reads, until the promotion`()
    async throws
  {
    try await withServer { fixture in
      try await fixture.set("CONFIG", "SET", "replica-serve-stale-data", "no")
      try await fixture.set("REPLICAOF", "127.0.0.1", "1")
      #expect(Self.isUnavailable(await fixture.reader.probe(), naming: "MASTERDOWN"))
      #expect(await fixture.reader.get(fixture.reader.key("k")) == nil)
      try await fixture.set("REPLICAOF", "NO", "ONE")
      #expect(await fixture.reader.probe() == .available)
      #expect(fixture.readerLog.lines == Self.changes)
    }
  }

  @Test func `a server that cannot save is unavailable with its reason, until it can`() async throws {
    try await withServer { fixture in
      try await fixture.set("CONFIG", "SET", "save", "3600 1000000")
      #expect(chmod(fixture.home, 0o500) == 0)
      defer { chmod(fixture.home, 0o700) }
      try await fixture.set("BGSAVE")
      try await eventually("the failure is noticed") {
        Self.isUnavailable(await fixture.writer.probe(), naming: "MISCONF")
      }
      #expect(await fixture.reader.probe() == .available)
      #expect(chmod(fixture.home, 0o700) == 0)
      try await fixture.set("BGSAVE")
      try await eventually("the server saves again") { await fixture.writer.probe() == .available }
      #expect(fixture.writerLog.lines == Self.changes, "\(fixture.writerLog.values(of: "reason"))")
    }
  }

  @Test func `rights that drift make the cache unavailable until they are granted again`() async throws {
    try await withServer { fixture in
      try await fixture.set("ACL", "SETUSER", "rw", "-@write")
      #expect(Self.isUnavailable(await fixture.writer.probe(), naming: "rw may not run SET on s:*"))
      try await fixture.set("ACL", "SETUSER", "rw", "+@write")
      #expect(await fixture.writer.probe() == .available)
      #expect(
        fixture.writerLog.lines == [
          "cache available", "cache permission denied", "cache unavailable", "cache available",
        ])
    }
  }

  @Test func `a connection that is no longer signed in is replaced by one that is`() async throws {
    let fixture = try LoopFixture()
    let server = try FakeServer { piece in
      if piece.contains("AUTH") { return .text(FakeServer.greeting) }
      return .text(piece.contains("out") ? "-NOAUTH Authentication required.\r\n" : "+PONG\r\n")
    }
    let connection = try await RedisConnection.open(
      CacheConfiguration(
        endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u", password: Secret("p")),
      options: Self.options, on: fixture.loop)
    await #expect(throws: CacheError.authenticationFailed(account: "u")) {
      try await connection.command(["GET", "out"])
    }
    try await eventually("the new connection") {
      (try? await connection.command(["PING"])) == .status("PONG")
    }
    #expect(server.connectionCount == 2)
    await connection.close()
  }

  @Test func `a replica that reports no role is accepted`() async throws {
    let fixture = try LoopFixture()
    let server = try FakeServer { piece in
      if piece.contains("AUTH") { return .text(FakeServer.greeting) }
      if piece.contains("HELLO") { return .text("-ERR unknown command\r\n") }
      return .text(piece.contains("SET") ? "-READONLY You can't write\r\n" : "+PONG\r\n")
    }
    let connection = try await RedisConnection.open(
      CacheConfiguration(
        endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u", password: Secret("p")),
      options: Self.options, on: fixture.loop)
    _ = try? await connection.command(["SET", "k", "v"])
    try await eventually("the new connection") {
      (try? await connection.command(["PING"])) == .status("PONG")
    }
    #expect(server.received.contains { $0.contains("HELLO") })
    await connection.close()
  }
}
