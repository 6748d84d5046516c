import DataAccess
import DatabaseTestSupport
import Migrations
import Schema
import TestSupport
import Testing

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

  @Test(arguments: LiveEngine.all)
  func `after every version the live schema is what the history says`(engine: LiveEngine) async throws {
    try await engine.withDatabase { database in
      let empty = try await engine.check(database)
      #expect(empty.differences == [] && !empty.isInOrder)
      let migrations = MigrationEngine(database)
      for version in Migration.all.map(\.version) {
        try await migrations.up(to: version)
        let check = try await engine.check(database)
        #expect(check.differences == [], "version \(version)")
        #expect(check.others.isEmpty, "version \(version)")
      }
      for version in Migration.all.map(\.version).reversed() {
        try await migrations.down(to: version - 1)
        let check = try await engine.check(database)
        #expect(check.differences == [], "back at version \(version - 1)")
      }
    }
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
