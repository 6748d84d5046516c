import Schema

/// Many new rows with the same columns, sent in as few statements as the engine's limit of placeholders allows.
///
/// ```swift
/// Events.insertMany(\.type, \.source, rows: [("a", "b"), ("c", "d")])
/// ```
package struct InsertMany<Owner: Table>: Sendable {
  let columns: [String]
  let rows: [[DatabaseValue]]

  /// Rows in one statement at most, whatever the engine allows: longer texts cost more than they save.
  static var maximumRowsPerStatement: Int { 1_000 }

  /// The statements that insert all rows, in order.
  func chunks(bindLimit: Int) -> [InsertChunk] {
    let perStatement = max(1, min(Self.maximumRowsPerStatement, bindLimit / max(1, columns.count)))
    return stride(from: 0, to: rows.count, by: perStatement).map { start in
      InsertChunk(
        table: Owner.definition.name, columns: columns,
        rows: rows[start..<min(rows.count, start + perStatement)])
    }
  }
}

/// The rows of one statement out of an ``InsertMany``.
struct InsertChunk: Statement {
  let table: String
  let columns: [String]
  let rows: ArraySlice<[DatabaseValue]>

  var operation: Operation { Operation(.insert, table: table) }

  var isRead: Bool { false }

  func render(in dialect: Dialect) -> Query {
    var writer = SQLWriter(dialect)
    writer.insertHead(dialect.relation(for: table).name, columns)
    writer.list(Array(rows)) { writer, row in
      writer.put("(")
      writer.list(row) { $0.bind($1) }
      writer.put(")")
    }
    return writer.query(operation, isReusable: false)
  }
}

extension Table {
  /// Rows as tuples of the columns' values, in the order of the columns.
  package static func insertMany<each Value: ColumnValue>(
    _ paths: repeat KeyPath<Self, Column<Self, each Value>>, rows: [(repeat each Value)]
  ) -> InsertMany<Self> {
    var columns: [String] = []
    repeat columns.append(shape[keyPath: each paths].name)
    let values = rows.map { row in
      var bound: [DatabaseValue] = []
      bound.reserveCapacity(columns.count)
      repeat bound.append(DatabaseValue(each row))
      return bound
    }
    return InsertMany(columns: columns, rows: values)
  }
}
