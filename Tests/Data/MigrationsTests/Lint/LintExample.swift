import DatabaseTestSupport
import Schema
import Testing

@testable import Migrations

/// One rule with versions that violate it, and versions that take the way around.
struct LintExample: Sendable, CustomTestStringConvertible {
  let rule: LintRule
  let violation: [Migration]
  let around: [Migration]
  /// Rules that the violation cannot keep either.
  var others: [LintRule] = []

  var testDescription: String { rule.rawValue }

  /// The engines for which a version must have statements.
  static let engines = Set(TestEngine.all.map { $0.engine.dialect.definitions.engine }).sorted()

  /// The findings in versions that follow the base.
  static func report(_ migrations: [Migration]) throws -> LintReport {
    try MigrationLint([base] + migrations, engines: engines).report()
  }

  // MARK: The base

  static let base = Migration(
    version: 1, name: "base", up: [.createTable(things), .createTable(spares), .createTable(pairs)],
    down: [.dropTable("pairs"), .dropTable("spares"), .dropTable("things")])

  private static let things = TableDefinition(
    name: "things", owner: nil,
    columns: [
      .identity, ColumnDefinition(name: "owner_id", type: .bigint, isNullable: true),
      ColumnDefinition(name: "title", type: .varchar(20)),
      ColumnDefinition(name: "note", type: .text, isNullable: true),
      ColumnDefinition(name: "count", type: .integer, defaultValue: .integer(1)),
      ColumnDefinition(
        name: "kind", type: .varchar(8), defaultValue: .text("a"), allowedValues: ["a", "b"]),
    ])
  private static let spares = TableDefinition(
    name: "spares", owner: nil, columns: [.identity, ColumnDefinition(name: "name", type: .varchar(20))],
    uniqueKeys: [["name"]])
  private static let pairs = TableDefinition(
    name: "pairs", owner: nil,
    columns: [
      ColumnDefinition(name: "left_id", type: .bigint), ColumnDefinition(name: "right_id", type: .bigint),
    ])

  /// Rows that no constraint of the examples accepts.
  static let rows = [
    "INSERT INTO spares (name) VALUES ('spare')", "INSERT INTO pairs (left_id, right_id) VALUES (1, 2)",
    "INSERT INTO things (title, owner_id, count) VALUES ('same', 99, 0)",
    "INSERT INTO things (title, owner_id, count) VALUES ('same', 99, 0)",
  ]

  // MARK: Versions

  /// Version 2, which breaks older programs.
  static func step(_ up: [SchemaChange]) -> Migration { step(2, up) }

  /// A version that names the oldest program.
  static func step(_ oldest: Int, version: Int = 2, _ up: [SchemaChange]) -> Migration {
    Migration(version: version, name: "step_\(version)", oldestProgram: oldest, up: up, down: [])
  }

  static func text(_ name: String, allowed: [String]? = nil) -> ColumnDefinition {
    ColumnDefinition(name: name, type: .varchar(8), defaultValue: .text("s"), allowedValues: allowed)
  }

  static func sql(_ statement: String, on engines: [String] = engines) -> SchemaChange {
    .engineSQL(EngineSQL(Dictionary(uniqueKeysWithValues: engines.map { ($0, [statement]) })))
  }

  /// Fills a new column beside the old one, and drops the old one a version later.
  static func replacing(_ old: String, by column: ColumnDefinition) -> [Migration] {
    [
      step(
        1,
        [
          .addColumn(column, table: "things"),
          .backfill(Backfill(table: "things", set: "\(column.name) = \(old)")),
        ]),
      step(
        3, version: 3,
        [.dropColumn(old, table: "things").allowing(.dropColumn, because: "unused since version 2")]),
    ]
  }
}
