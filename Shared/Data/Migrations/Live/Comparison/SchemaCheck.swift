import DataAccess
import Schema

/// The result of `migrate check`: the record of versions, and the live schema against the tables of the recorded
/// version.
package struct SchemaCheck: Sendable {
  /// The record of versions.
  package let status: MigrationStatus
  /// How the live schema differs from the recorded version. Nil when a newer release migrated the database: only that
  /// release has its tables.
  package private(set) var differences: [SchemaDifference]?
  /// Objects on declared tables that change no statement.
  package let additions: [String]
  /// Tables and views that no definition declares.
  package let others: [String]
  /// What an operator must know of servers that were not compared.
  package var notes: [String] = []

  /// Compares a live schema with the migrations up to the recorded version. `found` are differences that the engine's
  /// administration found elsewhere than in the definitions; those of declared tables count.
  package init(
    status: MigrationStatus, live: LiveSchema, found: [SchemaDifference] = [], dialect: Dialect,
    migrations: [Migration] = Migration.all
  ) throws {
    self.status = status
    let isJudged = status.current <= status.newest
    let declared = try SchemaHistory.tables(after: min(status.current, status.newest), of: migrations)
    let comparison = SchemaComparison(
      declared: try declared.map { try LiveTable.declared($0, in: dialect) }, actual: live)
    let names = Set(declared.map(\.name))
    differences = isJudged ? comparison.differences + found.filter { names.contains($0.table) } : nil
    additions = isJudged ? comparison.additions : []
    others = isJudged ? comparison.others : []
  }

  /// Adds how another node of the cluster differs in more than this one.
  package mutating func add(_ other: SchemaCheck, on node: String) {
    let known = Set(differences ?? [])
    differences? += (other.differences ?? []).filter { !known.contains($0) }.map { $0.on(node) }
  }

  /// Whether programs of this release start on the database, and find in it what they expect.
  package var isInOrder: Bool { status.isInOrder && differences?.isEmpty != false }
}

extension SchemaHistory {
  /// The tables after the first versions, with the record of migrations when there is at least one.
  package static func tables(
    after version: Int, of migrations: [Migration]
  ) throws(Contradiction) -> [TableDefinition] {
    guard version > 0 else { return [] }
    let history = try SchemaHistory(after: migrations.filter { $0.version <= version })
    return history.tables + [SchemaMigrations.definition]
  }
}
