import DataAccess
import DatabaseTestSupport
import Foundation
import PostgresDriver
import Secrets
import TestSupport
import Testing

/// A role's password changes under a running pool.
struct CredentialRotationTests {
  private static let pool = PoolConfiguration(
    size: 2, acquireTimeoutMilliseconds: 60_000, reconnectMinimumMilliseconds: 20,
    reconnectMaximumMilliseconds: 100)

  /// The sessions of an account end, and its password is another one.
  private func change(
    _ account: PostgresServer.Account, to password: String, in database: TestDatabase
  ) async throws {
    try await DriverSession.with(database.driver, on: database.loop) { session in
      try await session.run("ALTER ROLE \"\(account.name)\" PASSWORD '\(password)'")
      try await session.run("GRANT \"\(account.name)\" TO CURRENT_USER")
      try await session.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [.text(account.name)])
    }
  }

  private static func failure(of pool: Database) async -> DatabaseError.Kind? {
    do throws(DatabaseError) {
      try await pool.ping()
      return nil
    } catch {
      return error.kind
    }
  }

  @Test func `a replaced password file is read when the server refuses the old password`() async throws {
    try await TestDatabase.with(.postgresql) { database in
      let account = try await database.createAccount("rotated")
      let folder = try TemporaryFolder()
      let file = folder.file("password")
      try account.password.reveal().write(toFile: file, atomically: true, encoding: .utf8)
      var configuration = database.configuration.connecting(as: account.name, password: account.password)
      configuration.credential = .file(file, initial: account.password)
      let driver = CountingDriver(PostgresDriver(configuration: configuration))
      try await database.withPool(Self.pool, driver: driver) { pool in
        try await pool.ping()
        try await change(account, to: "another", in: database)
        var kinds: Set<DatabaseError.Kind> = []
        for _ in 0..<20 {
          if let kind = await Self.failure(of: pool) { kinds.insert(kind) }
          try await Task.sleep(for: .milliseconds(20))
        }
        #expect(kinds.contains(.authenticationFailed))
        for kind in kinds { #expect(DatabaseError(kind).isUnavailability, "\(kind)") }
        try "another".write(toFile: file, atomically: true, encoding: .utf8)
        try await eventually("the new password is used") { (try? await pool.ping()) != nil }
      }
    }
  }

  /// A role with a password file of its own, and a pool that reads it.
  private func withFile(
    _ body: (TestDatabase, PostgresServer.Account, String, Database) async throws -> Void
  ) async throws {
    try await TestDatabase.with(.postgresql) { database in
      let account = try await database.createAccount("rotated")
      let folder = try TemporaryFolder()
      let file = folder.file("password")
      try account.password.reveal().write(toFile: file, atomically: true, encoding: .utf8)
      var configuration = database.configuration.connecting(as: account.name, password: account.password)
      configuration.credential = .file(file, initial: account.password)
      try await database.withPool(Self.pool, driver: PostgresDriver(configuration: configuration)) { pool in
        try await body(database, account, file, pool)
      }
    }
  }

  @Test func `with both passwords in its file, a pool loses every session and fails no read`() async throws {
    try await withFile { database, account, file, pool in
      try await pool.ping()
      let text = CredentialText(account.password, .next(Secret("another"), since: 1)).text
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      try await change(account, to: "another", in: database)
      var failures: [DatabaseError] = []
      for _ in 0..<10 {
        do throws(DatabaseError) {
          _ = try await pool.unsafeQuery(unsafeSQL: "SELECT 1", isRead: true)
        } catch {
          failures.append(error)
        }
      }
      #expect(failures.isEmpty, "\(failures.map { "\($0) \($0.detail ?? "")" })")
    }
  }

  @Test func `a file with a former password ends the sessions that began before, and fails no statement`()
    async throws
  {
    try await withFile { _, account, file, pool in
      let before = try await Self.session(of: pool)
      let text = CredentialText(account.password, .former(Secret("gone"), since: 1)).text
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      var failures: [DatabaseError.Kind] = []
      try await eventually("another session serves") {
        do throws(DatabaseError) {
          return try await Self.session(of: pool) != before
        } catch {
          failures.append(error.kind)
          return false
        }
      }
      #expect(failures.isEmpty)
    }
  }

  private static func session(of pool: Database) async throws(DatabaseError) -> Int64 {
    try await pool.transaction { (transaction) throws(DatabaseError) in
      try await transaction.unsafeQuery(unsafeSQL: "SELECT pg_backend_pid()::bigint").integer(0, 0)
    }
  }
}
