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

  /// Waits until the session with that process runs `pg_sleep`.
  func waitUntilAsleep(_ pid: Int64) async throws {
    let elsewhere = try LoopFixture()
    try await DriverSession.with(database.driver, on: elsewhere.loop) { other in
      try await eventually("the statement runs") {
        let running = try await other.run(
          "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", [.integer(pid)])
        return running.rowCount == 1
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
