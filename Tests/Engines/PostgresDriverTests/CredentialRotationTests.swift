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
    size: 2, acquireTimeoutMilliseconds: 1_000, reconnectMinimumMilliseconds: 20,
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
}
