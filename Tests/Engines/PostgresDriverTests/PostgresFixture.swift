import DataAccess
import DatabaseTestSupport
import PostgresDriver
import Secrets
import TestSupport

/// The test's own database, and a session of the account that owns it.
struct PostgresFixture: Sendable {
  let database: TestDatabase
  let server: PostgresServer

  /// Runs `body` with a fresh database and one open session.
  static func with(
    _ body: @Sendable (PostgresFixture, DriverSession) async throws -> Void
  ) async throws {
    try await TestDatabase.with(.postgresql) { database in
      let fixture = PostgresFixture(database: database, server: try PostgresServer.shared())
      try await DriverSession.with(database.driver, on: database.loop) { session in
        try await body(fixture, session)
      }
    }
  }

  /// Makes a read, which may share a batch with others.
  static func read(_ sql: String, _ bindings: [DatabaseValue] = [], table: String? = nil) -> Query {
    Query(sql: sql, bindings: bindings, operation: Operation(.select, table: table), isRead: true)
  }

  /// Makes a write, which gets its own synchronisation point.
  static func write(
    _ verb: Operation.Verb, _ table: String, _ sql: String, _ bindings: [DatabaseValue] = []
  ) -> Query {
    Query(sql: sql, bindings: bindings, operation: Operation(verb, table: table))
  }
}
