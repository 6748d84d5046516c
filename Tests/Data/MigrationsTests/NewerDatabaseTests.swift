import DataAccess
import DatabaseTestSupport
import Migrations
import Schema
import TestSupport
import Testing

/// The tool of an older release on a database that a newer release migrated further.
@Suite struct NewerDatabaseTests {
  private static let note = ColumnDefinition(name: "note", type: .text, isNullable: true)

  /// Migrates a database to the version after the newest, and passes the engine of the previous release.
  private func withOlderTool(
    _ engine: TestEngine, oldestProgram: Int?, _ body: (Database, MigrationEngine) async throws -> Void
  ) async throws {
    let next = Migration(
      version: Schema.currentVersion + 1, name: "notes", oldestProgram: oldestProgram,
      up: [.addColumn(Self.note, table: "users")], down: [.dropColumn("note", table: "users")])
    try await TestDatabase.with(engine) { test in
      try await test.withPool { database in
        try await MigrationEngine(database, migrations: Migration.all + [next]).up()
        try await body(database, MigrationEngine(database))
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a compatible newer schema is recorded and reported, and no step runs`(engine: TestEngine) async throws
  {
    let newest = Schema.currentVersion
    try await withOlderTool(engine, oldestProgram: newest - 1) { database, older in
      // Of all steps, the most demanding one counts.
      let oldest = max(newest - 1, Migration.all.map(\.oldestProgram).max() ?? 0)
      #expect(try await database.schemaState() == .applied(version: newest + 1, oldestProgram: oldest))
      let reports = Reports()
      let steps = try await older.up { reports.add($0) }
      let lead = SchemaLead(version: newest + 1, name: "notes", newestKnown: newest)
      #expect(steps.isEmpty)
      #expect(reports.all == [.ahead(lead)])
      let status = try await older.status()
      #expect(status.lead == lead && status.problem == nil && status.isInOrder)
      #expect(status.current == newest + 1 && status.newest == newest)
      guard case .unknown = status.entries.last?.state else {
        Issue.record("the newest version counts as known")
        return
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a newer schema without an oldest program is an error and stays unchanged`(engine: TestEngine)
    async throws
  {
    let newest = Schema.currentVersion
    try await withOlderTool(engine, oldestProgram: nil) { database, older in
      #expect(
        try await database.schemaState() == .applied(version: newest + 1, oldestProgram: newest + 1))
      let refusal = PlanError.unknownApplied(version: newest + 1, name: "notes")
      await #expect(throws: MigrationError.plan(refusal)) { try await older.up() }
      let status = try await older.status()
      #expect(status.lead == nil && status.problem == refusal && !status.isInOrder)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `the older tool reverts no step that is unknown to it`(engine: TestEngine) async throws {
    let newest = Schema.currentVersion
    try await withOlderTool(engine, oldestProgram: newest) { database, older in
      let refusal = MigrationError.plan(.unknownApplied(version: newest + 1, name: "notes"))
      await #expect(throws: refusal) { try await older.down() }
      await #expect(throws: refusal) { try await older.up(to: newest) }
      let version = try await database.schemaVersion()
      #expect(version == newest + 1)
    }
  }
}
