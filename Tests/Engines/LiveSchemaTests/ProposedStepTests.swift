import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

@testable import Migrations

/// Steps that `migrate new --auto` proposes, run on real databases: the catalog afterwards is what the definitions say.
@Suite struct ProposedStepTests {
  private static let parent = TableDefinition(
    name: "parents", owner: nil,
    columns: [
      .identity, ColumnDefinition(name: "a", type: .text),
      ColumnDefinition(name: "b", type: .date, isNullable: true),
    ])

  private static let child = TableDefinition(
    name: "children", owner: nil,
    columns: [
      .identity, ColumnDefinition(name: "parent_id", type: .bigint),
      ColumnDefinition(name: "c", type: .integer, defaultValue: .integer(1)),
      ColumnDefinition(name: "kind", type: .varchar(8), defaultValue: .text("x"), allowedValues: ["x", "y"]),
      .moment("created_at"),
    ],
    uniqueKeys: [["c"]], indexes: [["parent_id", "c"], IndexDefinition(["kind"], where: "kind = 'x'")],
    references: [Reference(column: "parent_id", table: "parents")],
    checks: [CheckDefinition(name: "positive", columns: ["c"], condition: "c > 0 AND c < 100")])

  /// Each property of each part differs from ``child``.
  private static let other = TableDefinition(
    name: "children", owner: nil,
    columns: [
      .identity, ColumnDefinition(name: "parent_id", type: .bigint, isNullable: true),
      ColumnDefinition(name: "c", type: .bigint),
      ColumnDefinition(name: "kind", type: .varchar(16), defaultValue: .text("z"), allowedValues: ["z"]),
      ColumnDefinition(name: "note", type: .json, isNullable: true),
    ],
    uniqueKeys: [["parent_id", "kind"]],
    indexes: [["c"], IndexDefinition(["kind"], isUnique: true, where: "c = 1")],
    references: [Reference(column: "parent_id", table: "parents", onDelete: .setNull)],
    checks: [CheckDefinition(name: "positive", columns: ["c"], condition: "c BETWEEN 1 AND 9 OR c = 20")])

  private static let schemas = [[], [parent], [parent, child], [parent, other]]

  @Test(arguments: LiveEngine.withExpressionIndexes)
  func `a proposed step makes the live schema that the definitions say, and its reverse takes it back`(
    engine: LiveEngine
  ) async throws {
    for before in Self.schemas {
      for after in Self.schemas where after != before {
        let proposal = SchemaProposal(from: before, to: after)
        let migrations = [
          Migration(
            version: 1, name: "before", up: SchemaProposal(from: [], to: before).up.map(\.change),
            down: SchemaProposal(from: [], to: before).down.map(\.change)),
          Migration(
            version: 2, name: "after", up: proposal.up.map(\.change), down: proposal.down.map(\.change)),
        ]
        try await engine.withDatabase { database in
          let runner = MigrationEngine(database, migrations: migrations)
          try await runner.up(to: 1)
          try await expect(before, engine, database)
          try await runner.up()
          try await expect(after, engine, database)
          try await runner.down(losing: .all)
          try await expect(before, engine, database)
        }
      }
    }
  }

  private func expect(
    _ tables: [TableDefinition], _ engine: LiveEngine, _ database: Database
  ) async throws {
    let live = try await engine.administration.liveSchema(in: database)
    let declared = try (tables + [SchemaMigrations.definition]).map { table in
      try LiveTable.declared(table, in: database.dialect)
    }
    let comparison = SchemaComparison(declared: declared, actual: live)
    #expect(comparison.differences.map(\.description) == [])
    #expect(comparison.additions == [] && comparison.others == [])
  }

  @Test(arguments: LiveEngine.all)
  func `a live table becomes the definition that made it`(engine: LiveEngine) async throws {
    try await engine.withMigrated { database in
      let live = try await engine.administration.liveSchema(in: database)
      for definition in Schema.tables {
        let table = try #require(live.table(named: definition.name))
        let (read, remainder) = try table.definition(owner: definition.owner, in: database.dialect)
        #expect(remainder.isEmpty)
        #expect(Self.comparable(read) == Self.comparable(definition))
      }
    }
  }

  /// No engine stores whether text is JSON, and not every catalog has the order of the indexes.
  private static func comparable(_ table: TableDefinition) -> TableDefinition {
    let columns = table.columns.map { column in
      ColumnDefinition(
        name: column.name, type: column.type == .json ? .text : column.type, isNullable: column.isNullable,
        isIdentity: column.isIdentity, defaultValue: column.defaultValue, allowedValues: column.allowedValues)
    }
    return TableDefinition(
      name: table.name, owner: table.owner, columns: columns, uniqueKeys: table.uniqueKeys,
      indexes: table.indexes.sorted { $0.name(on: table.name) < $1.name(on: table.name) },
      references: table.references, checks: table.checks)
  }

  @Test(arguments: LiveEngine.withExpressionIndexes)
  func `what no definition can say is named when a live table becomes one`(engine: LiveEngine) async throws {
    try await engine.withMigrated { database in
      try await database.byHand(["CREATE INDEX by_sum ON rollups ((value + 1) DESC)"])
      let live = try await engine.administration.liveSchema(in: database)
      let table = try #require(live.table(named: "rollups"))
      let (_, remainder) = try table.definition(in: database.dialect)
      #expect(remainder.count == 1)
      #expect(
        remainder.first?.message.hasPrefix("the index by_sum is (value + 1 desc)") == true, "\(remainder)")
    }
  }
}
