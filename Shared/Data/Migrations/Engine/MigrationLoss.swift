import DataAccess
import Schema

/// What a change drops: a table with its rows, or a column with its values.
package struct DroppedData: Sendable, Hashable {
  /// The table.
  package let table: String
  /// The column that is dropped; nil where the whole table is.
  package let column: String?

  /// A table, or one column of it.
  package init(table: String, column: String? = nil) {
    self.table = table
    self.column = column
  }
}

/// What a step throws away, with its size.
package struct MigrationLoss: Sendable, Hashable {
  /// What is dropped.
  package let data: DroppedData
  /// The rows of the table, or those with a value in the column.
  package let rowCount: Int64

  /// What is lost with this number of rows.
  package init(table: String, column: String? = nil, rowCount: Int64) {
    data = DroppedData(table: table, column: column)
    self.rowCount = rowCount
  }
}

extension MigrationLoss: CustomStringConvertible {
  /// `drops table audit_log with 12 rows`.
  package var description: String {
    let rows = "\(rowCount) row\(rowCount == 1 ? "" : "s")"
    return data.column.map { "drops column \(data.table).\($0), which has a value in \(rows)" }
      ?? "drops table \(data.table) with \(rows)"
  }
}

/// Which data a run down may drop although it has rows.
package enum LossApproval: Sendable, Hashable {
  case all
  /// Only these tables and columns. Everything else must be empty when its step runs.
  case only(Set<DroppedData>)

  /// Everything that is dropped must be empty.
  package static let none = LossApproval.only([])

  func covers(_ data: DroppedData) -> Bool {
    switch self {
    case .all: true
    case .only(let approved): approved.contains(data)
    }
  }
}

extension SchemaChange {
  /// What the change drops. Of statements in the engine's own SQL, their stated effects count.
  var dropped: [DroppedData] {
    switch self {
    case .dropTable(let table): [DroppedData(table: table)]
    case .dropColumn(let column, let table): [DroppedData(table: table, column: column)]
    case .engineSQL(let sql): sql.effects.flatMap(\.dropped)
    case .allowed(let change, _): change.dropped
    case .createTable, .addColumn, .renameColumn, .changeType, .changeNullability, .changeDefault,
      .changeAllowedValues, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck,
      .dropCheck, .createIndex, .dropIndex, .data, .backfill:
      []
    }
  }
}

extension MigrationEngine {
  /// What `down` would throw away now, in the order of its steps. Changes nothing.
  ///
  /// A column of a table that a later step drops is listed by itself too. What a half-done step has dropped already is
  /// not listed. The rows may change before the steps run, so that each step counts again (``LossApproval``).
  package func losses(to version: Int? = nil) async throws(MigrationError) -> [MigrationLoss] {
    let steps = try await plan(.down(to: version), database).steps
    var losses: [MigrationLoss] = []
    for data in steps.flatMap(\.changes).flatMap(\.dropped) {
      if let loss = try await retrying({ () throws(DatabaseError) in try await database.loss(of: data) }) {
        losses.append(loss)
      }
    }
    return losses
  }
}

extension StatementRunner {
  /// What is lost with the data now; nil where it does not exist. `name` is the table's name where it has another one.
  func loss(
    of data: DroppedData, named name: String? = nil
  ) async throws(DatabaseError) -> MigrationLoss? {
    let table = name ?? data.table
    let isThere =
      if let column = data.column { try await hasColumn(column, of: table) } else {
        try await hasTable(table)
      }
    guard isThere else { return nil }
    let condition = data.column.map { " WHERE \(dialect.quoted($0)) IS NOT NULL" } ?? ""
    let rows = try await unsafeQuery(
      unsafeSQL: "SELECT count(*) FROM \(dialect.quoted(table))\(condition)",
      label: "count the rows that a step drops", isRead: true)
    return MigrationLoss(table: data.table, column: data.column, rowCount: try rows.integer(0, 0))
  }
}
