import Schema

/// Many new rows with the same columns, in as few statements as the engine's limit of placeholders allows.
///
/// ```swift
/// Events.insertMany(\.type, \.source, rows: [("a", "b"), ("c", "d")])
/// ```
package struct InsertMany<Owner: Table>: Sendable {
  let columns: [ColumnName]
  let rows: [[DatabaseValue]]
  private var conflict: ConflictRule?

  init(columns: [ColumnName], rows: [[DatabaseValue]]) {
    self.columns = columns
    self.rows = rows
  }

  /// When the table has a row with the same key as a new one, changes these columns of it to the values of the new row.
  ///
  /// Fails on a relation that has no upsert, such as a view that scopes rows on SQLite.
  package func updating<each Changed, each Key>(
    _ changed: repeat KeyPath<Owner, Column<Owner, each Changed>>,
    onConflictOf key: repeat KeyPath<Owner, Column<Owner, each Key>>
  ) -> Self {
    var copy = self
    copy.conflict = ConflictRule(updating: repeat each changed, onConflictOf: repeat each key)
    return copy
  }

  /// The most rows in one statement, even where the engine allows more: longer texts cost more than they save.
  static var maximumRowsPerStatement: Int { 1_000 }

  /// The statements that insert all rows, in order.
  func chunks(bindLimit: Int) -> [InsertChunk] {
    let table = TableName(Owner.self)
    let perStatement = max(1, min(Self.maximumRowsPerStatement, bindLimit / max(1, columns.count)))
    return stride(from: 0, to: rows.count, by: perStatement).map { start in
      InsertChunk(
        table: table, columns: columns, rows: rows[start..<min(rows.count, start + perStatement)],
        conflict: conflict)
    }
  }
}

/// The rows of one statement of an ``InsertMany``. Its text rarely comes again, and is rendered for each use.
struct InsertChunk: WrittenStatement {
  let table: TableName
  let columns: [ColumnName]
  let rows: ArraySlice<[DatabaseValue]>
  let conflict: ConflictRule?

  var operation: Operation { Operation(.insert, table: table.name) }

  var isRead: Bool { false }

  var isReusable: Bool { false }

  func write<Writer: StatementWriter>(to writer: inout Writer) throws(DatabaseError) {
    writer.insertHead(table, columns)
    writer.list(rows) { writer, row in
      writer.put("(")
      writer.list(row) { $0.bind($1) }
      writer.put(")")
    }
    try conflict?.write(for: table, operation, to: &writer)
  }
}

extension Table {
  /// New rows, each a tuple of values in the order of the columns.
  package static func insertMany<each Value: ColumnValue>(
    _ paths: repeat KeyPath<Self, Column<Self, each Value>>, rows: [(repeat each Value)]
  ) -> InsertMany<Self> {
    var columns: [ColumnName] = []
    repeat columns.append(ColumnName(each paths))
    let values = rows.map { row in
      var bound: [DatabaseValue] = []
      bound.reserveCapacity(columns.count)
      repeat bound.append(DatabaseValue(each row))
      return bound
    }
    return InsertMany(columns: columns, rows: values)
  }
}
