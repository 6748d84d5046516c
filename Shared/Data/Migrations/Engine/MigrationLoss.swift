import DataAccess
import Schema

/// What a step throws away: a table with its rows, or a column with its values.
package struct MigrationLoss: Sendable, Hashable {
  /// The table.
  package let table: String
  /// The column that is dropped; nil where the whole table is.
  package let column: String?
  /// The rows of the table, or those with a value in the column.
  package let rowCount: Int64

  /// What is lost with this number of rows.
  package init(table: String, column: String? = nil, rowCount: Int64) {
    self.table = table
    self.column = column
    self.rowCount = rowCount
  }
}

extension MigrationLoss: CustomStringConvertible {
  /// `drops table audit_log with 12 rows`.
  package var description: String {
    let rows = "\(rowCount) row\(rowCount == 1 ? "" : "s")"
    return column.map { "drops column \(table).\($0), which has a value in \(rows)" }
      ?? "drops table \(table) with \(rows)"
  }
}

extension MigrationEngine {
  /// What `down` would throw away now, in the order of its steps. Changes nothing.
  ///
  /// A column of a table that a later step drops is listed by itself too. What a half-done step has dropped already is
  /// not listed.
  package func losses(to version: Int? = nil) async throws(MigrationError) -> [MigrationLoss] {
    let steps = try await plan(.down(to: version), database).steps
    var losses: [MigrationLoss] = []
    for change in steps.flatMap(\.changes) {
      if let loss = try await retrying({ () throws(DatabaseError) in try await loss(change) }) {
        losses.append(loss)
      }
    }
    return losses
  }

  private func loss(_ change: SchemaChange) async throws(DatabaseError) -> MigrationLoss? {
    switch change {
    case .dropTable(let table):
      guard try await database.hasTable(table) else { return nil }
      return MigrationLoss(table: table, rowCount: try await count(table, where: nil))
    case .dropColumn(let column, let table):
      guard try await database.hasColumn(column, of: table) else { return nil }
      return MigrationLoss(table: table, column: column, rowCount: try await count(table, where: column))
    case .createTable, .addColumn, .renameColumn, .changeType, .changeNullability, .changeDefault,
      .changeAllowedValues, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck,
      .dropCheck,
      .createIndex, .dropIndex, .data, .backfill, .engineSQL, .allowed:
      return nil
    }
  }

  private func count(_ table: String, where column: String?) async throws(DatabaseError) -> Int64 {
    let dialect = database.dialect
    let condition = column.map { " WHERE \(dialect.quoted($0)) IS NOT NULL" } ?? ""
    let rows = try await database.unsafeQuery(
      unsafeSQL: "SELECT count(*) FROM \(dialect.quoted(table))\(condition)",
      label: "count the rows that a step drops", isRead: true)
    return try rows.integer(0, 0)
  }
}
