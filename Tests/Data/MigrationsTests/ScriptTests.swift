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

  @Test func `the statements of a dry run are those of the script, without its records`() throws {
    let table = TableDefinition(
      name: "notes", owner: nil,
      columns: [
        ColumnDefinition(name: "id", type: .bigint, isIdentity: true),
        ColumnDefinition(name: "text", type: .varchar(8), isNullable: true),
      ])
    let create = Migration(
      version: 1, name: "create", up: [.createTable(table)], down: [.dropTable("notes")])
    let change = Migration(
      version: 2, name: "change", up: [.changeDefault(of: "text", to: .text("a"), table: "notes")],
      down: [.changeDefault(of: "text", to: nil, table: "notes")])
    for (dialect, isRebuilt) in [(Dialect.sqlite, true), (.postgreSQL, false)] {
      let steps = try MigrationEngine.scriptsOfNewDatabase(
        dialect: dialect, migrations: [create, change], target: .up(to: nil))
      let shown = steps.flatMap(\.parts).flatMap { $0.statements(in: dialect) }
      let script = try MigrationEngine.sql(dialect: dialect, migrations: [create, change])
      let expected = script.filter { statement in
        !statement.contains("schema_migrations") && statement != dialect.transactions.commit
          && statement != dialect.transactions.beginReadWrite
      }
      #expect(shown == expected)
      // SQLite makes a new table for the change, and foreign keys are off meanwhile.
      #expect(shown.contains { $0.contains("foreign_keys") } == isRebuilt)
    }
  }

  @Test(arguments: TestEngine.drivers)
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
