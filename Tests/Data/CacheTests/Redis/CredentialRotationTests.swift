import Cache
import DatabaseTestSupport
import Foundation
import Logging
import Secrets
import TestSupport
import Testing

@testable import RedisDriver

/// An account's password changes on a real server under an open cache.
@Suite struct CredentialRotationTests {
  private static let options = RedisOptions.patient("cache-tests")

  private struct Fixture {
    let server: RedisServer
    let loop: LoopFixture
    let administrator: RedisConnection
    let name = "test-\(UInt32.random(in: 0 ... .max))"
    let folder: TemporaryFolder
    var file: String { folder.file("password") }

    init() async throws {
      server = try RedisServer.shared()
      loop = try LoopFixture()
      folder = try TemporaryFolder()
      administrator = try await RedisAccounts.administrator(server, on: loop.loop)
      try await RedisAccounts.make(name, .readWrite, prefix: name + ":", by: administrator)
      try write(RedisAccounts.password)
    }

    func write(_ password: String) throws {
      try password.write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// A cache of the account, whose driver reads the file.
    func cache(_ log: LogRecorder) throws -> Cache {
      var configuration = RedisAccounts.configuration(
        server, user: name, password: Secret(RedisAccounts.password))
      configuration.credential = .file(file, initial: configuration.password)
      return try Cache.open(
        service: name,
        from: RedisSource(
          configuration: configuration, options: CredentialRotationTests.options, logger: log.logger),
        on: loop.loop, logger: log.logger)
    }

    /// Gives the account another password, and ends its connections.
    func change(to password: String) async throws {
      for command in [
        ["ACL", "SETUSER", name, "resetpass", ">" + password], ["CLIENT", "KILL", "USER", name],
      ] {
        _ = try await administrator.command(command)
      }
    }

    /// How often the server refused the account's login.
    func refusals() async throws -> Int64 {
      let entries = try await administrator.command(["ACL", "LOG"]).elements ?? []
      return entries.reduce(into: 0) { sum, entry in
        let fields = entry.elements ?? []
        let isOwn = fields.contains { $0.text == name } && fields.contains { $0.text == "auth" }
        if isOwn, fields.count > 1, let count = fields[1].integer { sum += count }
      }
    }

    func end() async throws {
      _ = try await administrator.command(["DEL", name + ":k"])
      _ = try await administrator.command(["ACL", "DELUSER", name])
      await administrator.close()
    }
  }

  @Test func `a replaced password file is used without a restart, and until then the cache is unavailable`()
    async throws
  {
    let fixture = try await Fixture()
    let log = LogRecorder()
    let cache = try fixture.cache(log)
    let key = cache.key("k")
    try await eventually("the cache is available") { await cache.probe() == .available }
    await cache.set(key, [1], ttlSeconds: 600)
    try await fixture.change(to: "another")
    try await eventually("the password is refused") {
      if case .unavailable(let reason) = cache.status() { reason.contains(fixture.name) } else { false }
    }
    // Many pauses of the link: the refused password is not sent again meanwhile.
    for _ in 0..<20 {
      #expect(await cache.get(key) == nil)
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(try await fixture.refusals() <= 2)
    try fixture.write("another")
    try await eventually("the new password is used") { await cache.get(key) == [1] }
    #expect(cache.status() == .available)
    #expect(log.lines.contains("cache password refused"))
    await cache.close()
    try await fixture.end()
  }

  @Test func `the connections of a process try a refused password once, not once each`() async throws {
    let fixture = try await Fixture()
    var configuration = RedisAccounts.configuration(
      fixture.server, user: fixture.name, password: Secret(RedisAccounts.password))
    configuration.credential = .file(fixture.file, initial: configuration.password)
    let source = RedisSource(configuration: configuration, options: Self.options)
    let connections = try (0..<8).map { _ in
      try source.connect(name: "cache-tests", on: fixture.loop.loop, onStatus: { _ in })
    }
    for connection in connections {
      try await eventually("it is connected") { (try? await connection.command(["PING"])) != nil }
    }
    try await fixture.change(to: "another")
    try await eventually("each is refused") {
      for connection in connections where (try? await connection.command(["PING"])) != nil { return false }
      return true
    }
    try await Task.sleep(for: .milliseconds(500))
    // The first attempts may run side by side, before the first refusal.
    #expect(try await fixture.refusals() <= Int64(connections.count))
    try fixture.write("another")
    for connection in connections {
      try await eventually("it uses the new password") {
        (try? await connection.command(["PING"])) == .status("PONG")
      }
    }
    for connection in connections { await connection.close() }
    try await fixture.end()
  }

  @Test func `with both passwords in the file, a connection that is ended comes back at once`() async throws {
    let fixture = try await Fixture()
    let log = LogRecorder()
    let cache = try fixture.cache(log)
    try await eventually("the cache is available") { await cache.probe() == .available }
    let text = CredentialText(Secret(RedisAccounts.password), .next(Secret("another"), since: 1)).text
    try fixture.write(text)
    try await fixture.change(to: "another")
    try await eventually("the new password is used") { await cache.probe() == .available }
    await cache.set(cache.key("k"), [1], ttlSeconds: 600)
    #expect(await cache.get(cache.key("k")) == [1])
    #expect(!log.lines.contains("cache password refused"))
    await cache.close()
    try await fixture.end()
  }
}
