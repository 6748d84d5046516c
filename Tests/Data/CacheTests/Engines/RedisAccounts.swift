import Cache
import DatabaseTestSupport
import EventLoop
import Secrets
import TestSupport
import Transport

@testable import RedisDriver

/// A test's own accounts on a real server; the test removes them afterwards.
enum RedisAccounts {
  static let password = "a-password-for-tests"

  static func configuration(_ server: RedisServer, user: String, password: Secret) -> CacheConfiguration {
    CacheConfiguration(
      endpoint: Endpoint(host: server.host, port: server.port), user: user, password: password)
  }

  static func administrator(_ server: RedisServer, on loop: EventLoop) async throws -> RedisConnection {
    try await RedisConnection.open(
      configuration(server, user: server.administrator, password: server.password),
      options: .patient("cache-tests"), on: loop)
  }

  /// Creates an account that may use the keys under the prefix.
  static func make(
    _ name: String, _ access: CacheRights.Access, prefix: String, by administrator: RedisConnection
  ) async throws {
    let keys = access == .readWrite ? "~\(prefix)*" : "%R~\(prefix)*"
    let rules = CacheUnderTest.rules.filter { access == .readWrite || $0 != "+@write" }
    _ = try await administrator.command(
      ["ACL", "SETUSER", name, "reset", "on", ">" + password, "resetchannels", keys] + rules)
  }

  static func with(
    _ server: RedisServer, on loop: EventLoop, prefix: String,
    _ body: (_ writer: any CacheConnection, _ reader: any CacheConnection) async throws -> Void
  ) async throws {
    let administrator = try await administrator(server, on: loop)
    let names = (writer: prefix + "rw", reader: prefix + "ro")
    try await make(names.writer, .readWrite, prefix: prefix, by: administrator)
    try await make(names.reader, .read, prefix: prefix, by: administrator)
    let writer = try await connect(names.writer, server, on: loop)
    let reader = try await connect(names.reader, server, on: loop)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(writer, reader))
    } catch {
      outcome = .failure(error)
    }
    await writer.close()
    await reader.close()
    _ = try await administrator.command(["ACL", "DELUSER", names.writer, names.reader])
    await administrator.close()
    try outcome.get()
  }

  static func connect(
    _ user: String, _ server: RedisServer, on loop: EventLoop
  ) async throws -> RedisConnection {
    try await RedisConnection.open(
      configuration(server, user: user, password: Secret(password)),
      options: .patient("cache-tests"), on: loop)
  }
}
