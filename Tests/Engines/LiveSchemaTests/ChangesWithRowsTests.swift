import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

@testable import Migrations

/// Every kind of change, up and down, on tables that have rows. The catalog afterwards is what ``SchemaHistory`` says.
@Suite struct ChangesWithRowsTests {
  /// One kind of change with its reverse.
  struct Change: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let up: [SchemaChange]
    let down: [SchemaChange]

    init(_ name: String, up: [SchemaChange], down: [SchemaChange]) {
      testDescription = name
      self.up = up
      self.down = down
    }
  }

  private static let owners = TableDefinition(
    name: "owners", owner: nil, columns: [.identity, ColumnDefinition(name: "name", type: .varchar(20))])

  private static let things = TableDefinition(
    name: "things", owner: nil,
    columns: [
      .identity, ColumnDefinition(name: "owner_id", type: .bigint),
      ColumnDefinition(name: "code", type: .varchar(8)), ColumnDefinition(name: "title", type: .varchar(20)),
      ColumnDefinition(name: "count", type: .integer, defaultValue: .integer(1)),
      ColumnDefinition(name: "note", type: .text, isNullable: true),
      ColumnDefinition(
        name: "kind", type: .varchar(8), defaultValue: .text("a"), allowedValues: ["a", "b"]),
    ],
    uniqueKeys: [["code"]], indexes: [["title", "id"]],
    references: [Reference(column: "owner_id", table: "owners")])

  /// Refers to `things`, so that a rebuild of that table must keep these rows.
  private static let parts = TableDefinition(
    name: "parts", owner: nil, columns: [.identity, ColumnDefinition(name: "thing_id", type: .bigint)],
    references: [Reference(column: "thing_id", table: "things")])

  private static let base = Migration(
    version: 1, name: "base", up: [.createTable(owners), .createTable(things), .createTable(parts)],
    down: [.dropTable("parts"), .dropTable("things"), .dropTable("owners")])

  private static let moment = ColumnDefinition(
    name: "made_at", type: .timestamp, defaultValue: .currentTimestamp)
  private static let short = CheckDefinition(
    name: "things_count_positive", columns: ["count"], condition: "count > 0")
  private static let partial = IndexDefinition(["title"], isUnique: true, where: "kind = 'a'")

  private static let partialIndex = SchemaChange.createIndex(partial, table: "things")

  static let columnChanges = [
    Change(
      "add a column with a time default", up: [.addColumn(moment, table: "things")],
      down: [.dropColumn("made_at", table: "things")]),
    Change(
      "add a nullable column", up: [.addColumn(.optionalMoment("ended_at"), table: "things")],
      down: [.dropColumn("ended_at", table: "things")]),
    Change(
      "drop a unique column", up: [.dropColumn("code", table: "things")],
      down: [
        .addColumn(ColumnDefinition(name: "code", type: .varchar(8), isNullable: true), table: "things"),
        .data(["UPDATE things SET code = 'c' || id"]),
        .changeNullability(of: "code", isNullable: false, table: "things"),
        .addUniqueKey(["code"], table: "things"),
      ]),
    Change(
      "drop an indexed column", up: [.dropColumn("title", table: "things")],
      down: [
        .addColumn(
          ColumnDefinition(name: "title", type: .varchar(20), defaultValue: .text("")), table: "things"),
        .changeDefault(of: "title", to: nil, table: "things"),
        .createIndex(["title", "id"], table: "things"),
      ]),
    Change(
      "rename a unique column", up: [.renameColumn("code", to: "label", table: "things")],
      down: [.renameColumn("label", to: "code", table: "things")]),
    Change(
      "rename a column, and drop the index that followed it",
      up: [
        .renameColumn("title", to: "label", table: "things"), .dropIndex(["label", "id"], table: "things"),
      ],
      down: [
        .createIndex(["label", "id"], table: "things"), .renameColumn("label", to: "title", table: "things"),
      ]),
    Change(
      "widen a type", up: [.changeType(of: "count", to: .bigint, table: "things")],
      down: [.changeType(of: "count", to: .integer, table: "things")]),
    Change(
      "lengthen a text", up: [.changeType(of: "title", to: .varchar(40), table: "things")],
      down: [.changeType(of: "title", to: .varchar(20), table: "things")]),
    Change(
      "a number becomes a text", up: [.changeType(of: "count", to: .text, table: "things")],
      down: [.changeType(of: "count", to: .integer, table: "things")]),
    Change(
      "set and drop NOT NULL",
      up: [
        .data(["UPDATE things SET note = '' WHERE note IS NULL"]),
        .changeNullability(of: "note", isNullable: false, table: "things"),
      ],
      down: [.changeNullability(of: "note", isNullable: true, table: "things")]),
    Change(
      "change a default", up: [.changeDefault(of: "count", to: .integer(7), table: "things")],
      down: [.changeDefault(of: "count", to: .integer(1), table: "things")]),
    Change(
      "change the allowed values",
      up: [.changeAllowedValues(of: "kind", to: ["a", "b", "c"], table: "things")],
      down: [.changeAllowedValues(of: "kind", to: ["a", "b"], table: "things")]),
  ]

  static let constraintChanges = [
    Change(
      "add and drop a unique key", up: [.addUniqueKey(["owner_id", "code"], table: "things")],
      down: [.dropUniqueKey(["owner_id", "code"], table: "things")]),
    Change(
      "drop and add a foreign key", up: [.dropReference(of: "thing_id", table: "parts")],
      down: [.addReference(Reference(column: "thing_id", table: "things"), table: "parts")]),
    Change(
      "add and drop a check", up: [.addCheck(short, table: "things")],
      down: [.dropCheck(short.name, table: "things")]),
    Change(
      "create and drop an index", up: [.createIndex(["kind"], table: "things")],
      down: [.dropIndex(["kind"], table: "things")]),
    Change(
      "create and drop a partial unique index", up: [.createIndex(partial, table: "things")],
      down: [.dropIndex(partial, table: "things")]),
    Change(
      "backfill in batches",
      up: [
        .backfill(
          Backfill(table: "things", set: "note = 'filled'", where: "note IS NULL", batchRows: 7))
      ],
      down: [.data(["UPDATE things SET note = NULL WHERE note = 'filled'"])]),
    Change(
      "statements of each engine",
      up: [
        .engineSQL(
          EngineSQL(
            [
              "postgresql": ["CREATE INDEX things_kind_idx ON things (kind)"],
              "sqlite": ["CREATE INDEX things_kind_idx ON things (kind)"],
              "mysql": ["CREATE INDEX things_kind_idx ON things (kind)"],
            ], effects: [.createIndex(["kind"], table: "things")]))
      ],
      down: [.dropIndex(["kind"], table: "things")]),
    Change("drop a table with rows", up: [.dropTable("parts")], down: [.createTable(parts)]),
  ]

  private static let rowCount = 40

  @Test(arguments: LiveEngine.all, columnChanges + constraintChanges)
  func `a change keeps the rows, and the catalog is what the history says`(
    engine: LiveEngine, change: Change
  ) async throws {
    if !engine.engine.engine.dialect.definitions.hasPartialIndexes, change.up.contains(Self.partialIndex) {
      return
    }
    let step = Migration(version: 2, name: "change", up: change.up, down: change.down)
    let migrations = [Self.base, step]
    try await engine.withDatabase { database in
      let runner = MigrationEngine(database, migrations: migrations)
      try await runner.up(to: 1)
      try await Self.fill(database)
      for _ in 0..<2 {
        try await runner.up()
        try await expect(migrations, engine, database)
        try await runner.down(losing: .all)
        try await expect([Self.base], engine, database)
      }
      #expect(try await Self.count("things", database) == Self.rowCount)
      let parts = change.up.contains(.dropTable("parts")) ? 0 : Self.rowCount
      #expect(try await Self.count("parts", database) == parts)
    }
  }

  @Test(arguments: LiveEngine.all)
  func `values that the new type cannot hold stop the step, and nothing of it stays`(
    engine: LiveEngine
  ) async throws {
    for type in [ColumnType.integer, .varchar(2)] {
      let step = Migration(
        version: 2, name: "change", up: [.changeType(of: "code", to: type, table: "things")], down: [])
      try await expectFailure(of: step, engine)
    }
  }

  @Test(arguments: LiveEngine.all)
  func `rows that contradict a new constraint stop the step`(engine: LiveEngine) async throws {
    for change: SchemaChange in [
      .changeNullability(of: "note", isNullable: false, table: "things"),
      .addUniqueKey(["kind"], table: "things"),
      .addCheck(CheckDefinition(name: "c", columns: ["count"], condition: "count > 5"), table: "things"),
      .changeAllowedValues(of: "kind", to: ["b"], table: "things"),
    ] {
      try await expectFailure(of: Migration(version: 2, name: "change", up: [change], down: []), engine)
    }
  }

  private func expectFailure(of step: Migration, _ engine: LiveEngine) async throws {
    try await engine.withDatabase { database in
      let runner = MigrationEngine(database, migrations: [Self.base, step])
      try await runner.up(to: 1)
      try await Self.fill(database)
      let error = await #expect(throws: MigrationError.self) { try await runner.up() }
      guard case .stepFailed(2, _, _, _) = error else {
        Issue.record("an unexpected error: \(String(describing: error))")
        return
      }
      #expect(try await runner.status().current == 1)
      #expect(try await Self.count("things", database) == Self.rowCount)
      #expect(try await Self.count("parts", database) == Self.rowCount)
    }
  }

  private func expect(
    _ migrations: [Migration], _ engine: LiveEngine, _ database: Database
  ) async throws {
    let tables = try SchemaHistory(after: migrations).tables + [SchemaMigrations.definition]
    let live = try await engine.administration.liveSchema(in: database)
    let declared = try tables.map { try LiveTable.declared($0, in: database.dialect) }
    let comparison = SchemaComparison(declared: declared, actual: live)
    #expect(comparison.differences.map(\.description) == [])
    #expect(comparison.additions == [] && comparison.others == [])
  }

  private static func fill(_ database: Database) async throws {
    for id in 1...rowCount {
      try await database.byHand([
        "INSERT INTO owners (name) VALUES ('owner')",
        "INSERT INTO things (owner_id, code, title) VALUES (\(id), 'c\(id)xx', 'title \(id)')",
        "INSERT INTO parts (thing_id) VALUES (\(id))",
      ])
    }
  }

  private static func count(_ table: String, _ database: Database) async throws -> Int {
    Int(try await database.unsafeQuery(unsafeSQL: "SELECT count(*) FROM \(table)").integer(0, 0))
  }
}
