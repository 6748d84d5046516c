import DataAccess
import DatabaseTestSupport
import Migrations
import PostgresDriver
import SQLiteDriver
import Schema
import TestSupport
import Testing

/// `bulkhead migrate sql`: the same steps, run by another client.
@Suite struct ScriptTests {
  private static let notes = Migration(
    version: 1, name: "notes", up: [.data(["SELECT 1"])], down: [.data(["SELECT 2"])])

  @Test func `a script records each step's oldest program`() throws {
    let additive = Migration(version: 2, name: "more", oldestProgram: 1, up: [], down: [])
    let script = try MigrationEngine.sql(dialect: .postgreSQL, migrations: [Self.notes, additive], from: 1)
    #expect(
      script.contains(
        "INSERT INTO schema_migrations (version, name, checksum, oldest_program) "
          + "VALUES (2, 'more', '\(additive.checksum)', 1)"))
  }

  @Test func `a script that cannot add the column conditionally carries a comment`() throws {
    let script = try MigrationEngine.sql(dialect: .sqlite, migrations: [Self.notes])
    #expect(script.first?.hasPrefix("-- ") == true)
    #expect(
      script.first?.contains("oldest_program: any run of bulkhead migrate up adds it.\nCREATE TABLE") == true)
  }

  @Test(arguments: TestEngine.all)
  func `a script gives a new database the same result as the engine`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool { database in
        try await run(MigrationEngine.sql(dialect: database.dialect), on: database)
        #expect(try await MigrationEngine(database).check())
      }
    }
  }

  @Test func `on PostgreSQL a script completes an older tool's record`() async throws {
    try await TestDatabase.with(.postgresql) { test in
      try await test.withPool { database in
        let migrations = MigrationEngine(database)
        try await migrations.up()
        try await run(["ALTER TABLE schema_migrations DROP COLUMN oldest_program"], on: database)
        #expect(try await migrations.check() == false)
        try await run(
          MigrationEngine.sql(dialect: database.dialect, from: Schema.currentVersion), on: database)
        #expect(try await migrations.check())
        // The older tool's record does not say how old a program may be, so each step counts as breaking.
        let (newest, state) = (Schema.currentVersion, try await database.schemaState())
        #expect(state == .applied(version: newest, oldestProgram: newest))
      }
    }
  }

  private func run(_ script: [String], on database: Database) async throws {
    try await database.session { session throws(DatabaseError) in
      for sql in script { _ = try await session.unsafeQuery(unsafeSQL: sql) }
    }
  }
}
