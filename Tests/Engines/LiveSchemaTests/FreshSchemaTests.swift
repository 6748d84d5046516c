import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

@testable import Migrations

/// What the readers return for schemas that have no change made by hand, and for schemas of other programs.
@Suite struct FreshSchemaTests {
  @Test(arguments: LiveEngine.all)
  func `a database that was just migrated has no difference`(engine: LiveEngine) async throws {
    try await engine.withMigrated { database in
      let check = try await engine.check(database)
      #expect(check.differences == [])
      #expect(check.isInOrder && check.additions.isEmpty && check.others.isEmpty)
      let live = try await engine.administration.liveSchema(in: database)
      #expect(live.tables.count == Schema.tables.count)
      for table in Schema.tables {
        let found = try #require(live.table(named: table.name))
        #expect(Set(found.columns.map(\.name)) == Set(table.columns.map(\.name)))
      }
    }
  }

  private static let rowCount = 3

  @Test(arguments: LiveEngine.all)
  func `after every version, up and down over tables with rows, the live schema is what the history says`(
    engine: LiveEngine
  ) async throws {
    try await engine.withDatabase { database in
      let empty = try await engine.check(database)
      #expect(empty.differences == [] && !empty.isInOrder)
      let migrations = MigrationEngine(database)
      var filled: Set<String> = []
      for version in Migration.all.map(\.version) {
        try await migrations.up(to: version)
        for table in try Self.tables(at: version) where filled.insert(table.name).inserted {
          try await database.insertRows(Self.rowCount, into: table)
        }
        let check = try await engine.check(database)
        #expect(check.differences == [], "version \(version)")
        #expect(check.others.isEmpty, "version \(version)")
      }
      for version in Migration.all.map(\.version).reversed() {
        try await migrations.down(to: version - 1, losing: .all)
        let check = try await engine.check(database)
        #expect(check.differences == [], "back at version \(version - 1)")
        for table in try Self.tables(at: version - 1) {
          let sql = "SELECT count(*) FROM \(database.dialect.quoted(table.name))"
          let kept = try await database.unsafeQuery(unsafeSQL: sql).integer(0, 0)
          #expect(kept == Self.rowCount, "\(table.name) at version \(version - 1)")
        }
      }
    }
  }

  private static func tables(at version: Int) throws -> [TableDefinition] {
    try SchemaHistory(after: Migration.all.prefix(version)).tables
  }

  @Test(arguments: LiveEngine.all)
  func `a schema that a newer release migrated is not compared`(engine: LiveEngine) async throws {
    try await engine.withMigrated { database in
      try await database.byHand([
        "ALTER TABLE users ADD locale varchar(8)",
        "INSERT INTO schema_migrations (version, name, checksum, oldest_program) "
          + "VALUES (99, 'locale', '\(String(repeating: "0", count: 64))', 1)",
      ])
      let check = try await engine.check(database)
      #expect(check.differences == nil)
    }
  }
}
