import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

@testable import Migrations

/// What `migrate check` reports about a schema that an operator changed by hand.
@Suite struct HandMadeChangeTests {
  @Test(arguments: LiveEngine.all)
  func `each of thirty changes made by hand is found and named`(engine: LiveEngine) async throws {
    #expect(engine.changes.count >= 30)
    for change in engine.changes {
      try await engine.withMigrated { database in
        try await database.make(change)
        let check = try await engine.check(database)
        #expect(check.differences?.map(\.description) == change.differences, "\(change.name)")
        #expect(!check.isInOrder, "\(change.name)")
      }
    }
  }

  @Test(arguments: LiveEngine.all)
  func `an additional index that is not unique is a note and no difference`(engine: LiveEngine) async throws {
    try await engine.withMigrated { database in
      try await database.byHand(["CREATE INDEX by_subject ON events (subject)"])
      let check = try await engine.check(database)
      #expect(check.differences == [])
      #expect(check.isInOrder)
      #expect(check.additions == ["events: the index by_subject (subject) is not declared"])
    }
  }

  @Test(arguments: LiveEngine.all)
  func `tables of other programs are listed and are no difference`(engine: LiveEngine) async throws {
    try await engine.withMigrated { database in
      try await database.byHand([
        "CREATE TABLE flyway (a integer)", "CREATE VIEW people AS SELECT id FROM users",
      ])
      let check = try await engine.check(database)
      #expect(check.isInOrder)
      #expect(check.others == ["flyway", "people"])
    }
  }

  @Test(arguments: LiveEngine.all)
  func `a unique index serves in the place of a unique constraint`(engine: LiveEngine) async throws {
    let key = SchemaDifference(
      .missing, table: "rollups", "the unique key rollups_day_metric_key is missing, declared (day, metric)")
    let declared = try LiveTable.declared(Rollups.definition, in: engine.engine.engine.dialect)
    var actual = declared
    actual.uniqueKeys = []
    let without = SchemaComparison(declared: [declared], actual: LiveSchema(tables: [actual]))
    #expect(without.differences == [key])
    actual.indexes.append(LiveIndex(name: "by_day", keys: ["day", "metric"], isUnique: true))
    let with = SchemaComparison(declared: [declared], actual: LiveSchema(tables: [actual]))
    #expect(with.differences.isEmpty)
  }

  @Test(.enabled(if: !MariaDBServer.hasMySQL, "`make test` runs it, on another server"))
  func `an index that was not finished is found`() async throws {
    let engine = LiveEngine.all[0]
    try await engine.withMigrated { database in
      try await database.byHand([
        "INSERT INTO webhooks (owner_id, url, secret) VALUES (1, 'a', 'b'), (1, 'a', 'b')"
      ])
      // The build fails on the second row, and leaves the index behind.
      await #expect(throws: DatabaseError.self) {
        try await database.byHand(["CREATE UNIQUE INDEX CONCURRENTLY one_url ON webhooks (url)"])
      }
      let check = try await engine.check(database)
      #expect(
        check.differences?.map(\.description) == [
          "webhooks.url: the index one_url unique (url), invalid is not declared"
        ])
    }
  }
}
