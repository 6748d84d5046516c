import AccessAdministration
import DataAccess
import DatabaseTestSupport
import Foundation
import MariaDBAdministration
import Migrations
import PostgresAdministration
import SQLiteAdministration
import Schema
import Testing

/// An engine with its administration, which reads live schemas.
struct LiveEngine: Sendable, CustomStringConvertible {
  let engine: TestEngine
  let administration: any DatabaseAdministration
  /// The differences that a test makes by hand, one after another.
  let changes: [HandMadeChange]

  var description: String { engine.description }

  static let all =
    MariaDBServer.hasMySQL
    ? [LiveEngine(engine: .mysql, administration: MariaDBAdministration(), changes: HandMadeChange.onMySQL)]
    : withoutMySQL

  private static let withoutMySQL = [
    LiveEngine(
      engine: .postgresql, administration: PostgresAdministration(), changes: HandMadeChange.onPostgres),
    LiveEngine(engine: .sqlite, administration: SQLiteAdministration(), changes: HandMadeChange.onSQLite),
    LiveEngine(engine: .mariadb, administration: MariaDBAdministration(), changes: HandMadeChange.onMariaDB),
  ]

  /// The engines whose indexes may have conditions and expressions.
  static let withExpressionIndexes = all.filter { $0.engine.engine.dialect.definitions.hasPartialIndexes }

  /// Opens an empty database.
  func withDatabase(_ body: (Database) async throws -> Void) async throws {
    try await TestDatabase.with(engine) { test in try await test.withPool { try await body($0) } }
  }

  /// Opens a database that the script of the migrations has brought to the newest version. A run gives the same schema,
  /// and takes longer where each statement is a part of its own.
  func withMigrated(_ body: (Database) async throws -> Void) async throws {
    try await withDatabase { database in
      try await database.byHand(try MigrationEngine.sql(dialect: database.dialect))
      try await body(database)
    }
  }

  /// Reads the live schema and compares it, as `migrate check` does.
  func check(_ database: Database) async throws -> SchemaCheck {
    try SchemaCheck(
      status: try await MigrationEngine(database).status(),
      live: try await administration.liveSchema(in: database),
      found: try await administration.identitiesBehindRows(in: database), dialect: database.dialect)
  }
}

extension Database {
  /// Runs statements that an operator would type, in one session.
  func byHand(_ statements: [String]) async throws(DatabaseError) {
    try await session { session throws(DatabaseError) in
      for statement in statements {
        _ = try await session.unsafeQuery(unsafeSQL: statement, label: "by hand")
      }
    }
  }

  /// Makes the change. An edit whose text does not occur in the definition is a defect of the test.
  func make(_ change: HandMadeChange) async throws {
    try await byHand(change.statements)
    guard let edit = change.edit else { return }
    let rows = try await unsafeQuery(
      unsafeSQL:
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type = 'index'",
      [.text(edit.table)])
    var definitions: [String] = []
    for row in 0..<rows.rowCount { definitions.append(try rows.text(row, 0)) }
    try #require(definitions.first?.contains(edit.part) == true, "\(change.name)")
    definitions[0] = definitions[0].replacingOccurrences(of: edit.part, with: edit.replacement)
    try await byHand(["DROP TABLE \(edit.table)"] + definitions)
  }
}
