import DataAccess
import DatabaseTestSupport
import Migrations
import Schema
import TestSupport
import Testing

/// The lock of migrations, and the locks of the tables, on PostgreSQL.
@Suite struct LockTests {
  private static let things = TableDefinition(
    name: "things", owner: nil,
    columns: [
      ColumnDefinition(name: "id", type: .bigint, isIdentity: true),
      ColumnDefinition(name: "kind", type: .varchar(8), isNullable: true),
    ])
  private static let create = Migration(
    version: 1, name: "things", up: [.createTable(things)], down: [.dropTable("things")])
  private static let widen = Migration(
    version: 2, name: "widen", up: [.changeDefault(of: "kind", to: .text("a"), table: "things")],
    down: [.changeDefault(of: "kind", to: nil, table: "things")])

  private func withDatabase(_ body: (TestDatabase, Database) async throws -> Void) async throws {
    try await TestDatabase.with(.postgresql) { test in
      try await test.withPool(.patient(8)) { try await body(test, $0) }
    }
  }

  @Test func `a second run names the role and process of the first, and runs when that has ended`()
    async throws
  {
    try await withDatabase { test, database in
      let migrations = MigrationEngine(database, waits: LockLimits(totalMilliseconds: 500))
      try await migrations.stamp(0)
      let reports = Reports()
      guard case .transaction(_, let take, _, _) = database.dialect.sessionLock else {
        Issue.record("PostgreSQL's dialect has no lock of migrations")
        return
      }
      try await database.session { session throws(DatabaseError) in
        try await session.transaction { transaction throws(DatabaseError) in
          _ = try await transaction.unsafeQuery(unsafeSQL: take)
          do throws(MigrationError) {
            try await migrations.up { reports.add($0) }
            Issue.record("two runs held the lock")
          } catch {
            #expect("\(error)".contains("the migration lock is held by \(test.configuration.user) (pid "))
          }
        }
      }
      #expect(reports.all.count == 1)
      #expect(try await migrations.up().count == Schema.currentVersion)
    }
  }

  @Test func `a run that a change of rights keeps waiting names it`() async throws {
    try await withDatabase { test, database in
      let migrations = MigrationEngine(database, waits: LockLimits(totalMilliseconds: 500))
      try await migrations.stamp(0)
      try await database.session { session throws(DatabaseError) in
        try await session.transaction { transaction throws(DatabaseError) in
          _ = try await transaction.unsafeQuery(
            unsafeSQL: "LOCK TABLE schema_migrations IN SHARE ROW EXCLUSIVE MODE")
          do throws(MigrationError) {
            try await migrations.up()
            Issue.record("a run had the lock beside a change of rights")
          } catch {
            let holder = "a rights change (`access apply`) of \(test.configuration.user) (pid "
            #expect("\(error)".contains("the migration lock is held by \(holder)"), "\(error)")
          }
        }
      }
    }
  }

  @Test(arguments: ["SHARE", "EXCLUSIVE", "ACCESS EXCLUSIVE"])
  func `a session with another conflicting lock is named`(mode: String) async throws {
    try await withDatabase { test, database in
      let migrations = MigrationEngine(database, waits: LockLimits(totalMilliseconds: 500))
      try await migrations.stamp(0)
      try await database.session { session throws(DatabaseError) in
        try await session.transaction { transaction throws(DatabaseError) in
          _ = try await transaction.unsafeQuery(unsafeSQL: "LOCK TABLE schema_migrations IN \(mode) MODE")
          do throws(MigrationError) {
            try await migrations.up()
            Issue.record("a run had the lock beside \(mode)")
          } catch {
            #expect("\(error)".contains("held by \(test.configuration.user) (pid "), "\(error)")
          }
        }
      }
    }
  }

  @Test func `an account that may only read the record cannot take the lock of migrations`() async throws {
    try await withDatabase { test, database in
      let migrations = MigrationEngine(database, waits: LockLimits(totalMilliseconds: 500))
      try await migrations.up(to: 1)
      let reader = try await test.createAccount("reader")
      _ = try await database.unsafeQuery(
        unsafeSQL: "GRANT SELECT ON schema_migrations TO \"\(reader.name)\"")
      let server = try PostgresServer.shared()
      let driver = server.driver(as: reader, database: test.configuration.name)
      try await DriverSession.with(driver, on: test.loop) { session in
        try await session.run("BEGIN")
        try await session.run("SELECT pg_advisory_xact_lock(7092713936083673444)")
        // A select would also keep a snapshot, for which the build of an index waits.
        try await session.run("LOCK TABLE schema_migrations IN ACCESS SHARE MODE")
        #expect(try await migrations.up().count == Schema.currentVersion - 1)
        for mode in ["SHARE UPDATE EXCLUSIVE", "ROW SHARE", "ACCESS EXCLUSIVE"] {
          let error = await #expect(throws: DatabaseError.self) {
            try await session.run("SAVEPOINT s")
            try await session.run("LOCK TABLE schema_migrations IN \(mode) MODE")
          }
          #expect(error?.isPermissionDenied == true, "\(mode)")
          try await session.run("ROLLBACK TO s")
        }
      }
    }
  }

  @Test func `a reader that holds a table delays the step, and other readers pass meanwhile`() async throws {
    try await withDatabase { test, database in
      let waits = LockLimits(attemptMilliseconds: 300)
      let migrations = MigrationEngine(database, migrations: [Self.create, Self.widen], waits: waits)
      try await migrations.up(to: 1)
      let reports = Reports()
      try await DriverSession.with(test.driver, on: test.loop) { holder in
        try await holder.run("BEGIN")
        try await holder.run("SELECT count(*) FROM things")
        let run = Task { try await migrations.up { reports.add($0) } }
        try await eventually("two attempts fail") {
          reports.all.count { if case .waitingForTables = $0 { true } else { false } } >= 2
        }
        try await DriverSession.with(test.driver, on: test.loop) { reader in
          try await reader.run("SET statement_timeout = '5s'")
          try await reader.run("SELECT count(*) FROM things")
        }
        #expect(reports.all.contains { if case .finished = $0 { true } else { false } } == false)
        try await holder.run("COMMIT")
        #expect(try await run.value.count == 1)
      }
      let waiting = reports.all.compactMap { report -> String? in
        if case .waitingForTables(_, let holders, _) = report { holders } else { nil }
      }
      #expect(waiting.first?.contains("table things is held by \(test.configuration.user) (pid ") == true)
    }
  }

  @Test func `a step that never gets its locks is rolled back, and the error names the session`() async throws
  {
    try await withDatabase { test, database in
      let waits = LockLimits(totalMilliseconds: 700, attemptMilliseconds: 200)
      let migrations = MigrationEngine(database, migrations: [Self.create, Self.widen], waits: waits)
      try await migrations.up(to: 1)
      try await DriverSession.with(test.driver, on: test.loop) { holder in
        try await holder.run("BEGIN")
        try await holder.run("SELECT count(*) FROM things")
        let error = await #expect(throws: MigrationError.self) { try await migrations.up() }
        guard case .blocked(2, "widen", let holders, nil) = error else {
          Issue.record("an unexpected error: \(String(describing: error))")
          return
        }
        #expect(holders.contains("(pid "))
        #expect(try await migrations.status().current == 1)
      }
    }
  }

  @Test func `a prepared transaction that holds a table is named, with the way to end it`() async throws {
    try await ServerControl.withServer("postgresql") { environment in
      let server = try PostgresServer(environment: environment)
      let fixture = try LoopFixture()
      let superuser = server.driver(as: server.superuser, database: "postgres")
      try await DriverSession.with(superuser, on: fixture.loop) {
        try await $0.run("ALTER SYSTEM SET max_prepared_transactions = 1")
      }
      try await server.control.restart()
      try await TestDatabase.with(.postgresql(server)) { test in
        try await test.withPool(.patient(4)) { database in
          let waits = LockLimits(totalMilliseconds: 300, attemptMilliseconds: 200)
          let migrations = MigrationEngine(database, migrations: [Self.create, Self.widen], waits: waits)
          try await migrations.up(to: 1)
          try await DriverSession.with(test.driver, on: test.loop) { holder in
            try await holder.run("BEGIN")
            try await holder.run("INSERT INTO things (kind) VALUES ('a')")
            try await holder.run("PREPARE TRANSACTION 'forgotten'")
          }
          let error = await #expect(throws: MigrationError.self) { try await migrations.up() }
          let text = error.map { "\($0)" } ?? ""
          #expect(text.contains("prepared transaction 'forgotten' of \(test.configuration.user)"))
          #expect(text.contains("ROLLBACK PREPARED"))
          let refusal = await #expect(throws: DatabaseError.self) {
            try await database.withShortLocks(waits) { (transaction) throws(DatabaseError) in
              _ = try await transaction.unsafeQuery(unsafeSQL: "LOCK TABLE things")
            }
          }
          let words = refusal?.detail ?? ""
          #expect(
            words.contains(
              "table things is held by prepared transaction 'forgotten' of \(test.configuration.user)"),
            "\(words)")
          try await DriverSession.with(test.driver, on: test.loop) {
            try await $0.run("ROLLBACK PREPARED 'forgotten'")
          }
        }
      }
    }
  }

  @Test func `a lock without a holder points at prepared transactions from the second attempt on`()
    async throws
  {
    try await withDatabase { _, database in
      var attempts = LockAttempts(LockLimits())
      #expect(await attempts.holders(of: ["things"], seenBy: database).contains("have ended since"))
      let words = await attempts.holders(of: ["things"], seenBy: database)
      #expect(words.contains("no session is seen") && words.contains("pg_prepared_xacts"), "\(words)")
    }
  }

  @Test func `a stop cancels the statement in the server and leaves nothing of the step`() async throws {
    let slow = Migration(version: 2, name: "slow", up: [.data(["SELECT pg_sleep(600)"])], down: [.data([])])
    try await withDatabase { test, database in
      let cancellation = MigrationCancellation()
      let migrations = MigrationEngine(
        database, migrations: [Self.create, slow], cancellation: cancellation)
      let run = Task { try await migrations.up() }
      try await eventually("the statement runs") { try await Self.sleepers(database) == 1 }
      cancellation.request()
      await #expect(throws: MigrationError.cancelled) { try await run.value }
      try await eventually("no statement of the run is left") { try await Self.sleepers(database) == 0 }
      #expect(try await migrations.status().current == 1)
      await #expect(throws: MigrationError.cancelled) { try await migrations.up() }
    }
  }

  private static func sleepers(_ database: Database) async throws -> Int64 {
    let rows = try await database.unsafeQuery(
      unsafeSQL: """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND query = 'SELECT pg_sleep(600)' AND state = 'active'
        """)
    return try rows.integer(0, 0)
  }
}
