import PostgresDriver
import SQLiteDriver
import Schema
import Testing

@testable import Migrations

/// Statements that would end the transaction of a step.
@Suite struct TransactionControlTests {
  @Test(arguments: [
    "COMMIT", "commit;", "  -- a comment\n ROLLBACK", "UPDATE t SET a = 1; COMMIT", "/* x */ BEGIN", "END",
    "START TRANSACTION", "SAVEPOINT a", "RELEASE a", "ABORT", "PREPARE TRANSACTION 'a'",
    "CREATE TABLE t (a integer); COMMIT",
  ])
  func `a statement that begins or ends a transaction is refused with version and text`(sql: String) throws {
    let refusal = PlanError.transactionControl(version: 1, text: sql)
    for changes: [SchemaChange] in [
      [.data([sql])], [.engineSQL(EngineSQL(["postgresql": [sql]]))],
    ] {
      let migration = Migration(version: 1, name: "step", up: changes, down: [])
      #expect(throws: refusal) { try MigrationEngine.sql(dialect: .postgreSQL, migrations: [migration]) }
    }
    #expect(refusal.description.contains("migration 1") && refusal.description.contains(sql))
  }

  @Test(arguments: [
    "UPDATE t SET a = 'COMMIT; ROLLBACK'", "UPDATE t SET \"commit\" = 1", "SELECT 1 -- ; COMMIT",
    "DO $$ BEGIN PERFORM 1; END $$", "DO $x$ BEGIN; COMMIT; END $x$",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; END", "UPDATE committed SET ended = 1",
    "PREPARE p AS SELECT 1",
  ])
  func `a statement that only mentions the words runs`(sql: String) throws {
    let migration = Migration(version: 1, name: "step", up: [.data([sql])], down: [])
    #expect(throws: Never.self) { try MigrationEngine.sql(dialect: .sqlite, migrations: [migration]) }
  }

  @Test func `a change that contradicts the versions before it is refused before any step`() {
    let migration = Migration(version: 1, name: "step", up: [.dropColumn("a", table: "t")], down: [])
    #expect(throws: PlanError.contradiction(version: 1, .noTable("t"))) {
      try MigrationEngine.sql(dialect: .sqlite, migrations: [migration])
    }
  }

  @Test func `a version without statements for the engine is refused`() {
    let migration = Migration(
      version: 1, name: "step", up: [.engineSQL(EngineSQL(["postgresql": ["SELECT 1"]]))], down: [])
    #expect(throws: PlanError.noEngineSQL(version: 1, engine: "SQLite")) {
      try MigrationEngine.sql(dialect: .sqlite, migrations: [migration])
    }
  }
}
