/// One of the two tables of a join.
enum JoinSide: Sendable {
  case left, right
}

/// A table of a join, with its column in the join's condition and the condition on its rows.
struct JoinedTable: Sendable {
  let table: TableName
  let key: ColumnName
  var condition: Condition?
}

/// The statement of a join, of which one row is read, without the types of its tables and columns.
struct JoinBody: WrittenStatement, ReadableStatement {
  var left: JoinedTable
  let right: JoinedTable
  let columns: [(side: JoinSide, column: ColumnName)]
  /// The name has both tables, and the right one is that of the operation: the pool keeps reads that wait for a table apart
  /// from reads of other tables. While the right table is locked, reads of the left one alone go on.
  let operation: Operation

  init(left: JoinedTable, right: JoinedTable, columns: [(side: JoinSide, column: ColumnName)]) {
    self.left = left
    self.right = right
    self.columns = columns
    operation = Operation(.select, table: right.table.name, label: "select \(left.table.name) with")
  }

  var isRead: Bool { true }

  func place(of index: Int) -> String {
    let (side, column) = columns[index]
    switch side {
    case .left: return "\(left.table.name).\(column.name)"
    case .right: return "\(right.table.name).\(column.name)"
    }
  }

  func write<Writer: StatementWriter>(to writer: inout Writer) throws(DatabaseError) {
    guard left.table.identity != right.table.identity else {
      throw .invalid("a table cannot be joined with itself", operation)
    }
    writer.put("SELECT ")
    writer.list(columns) { write($1.column, of: $1.side, to: &$0) }
    writer.put(" FROM ")
    writer.relation(left.table)
    writer.put(" JOIN ")
    writer.relation(right.table)
    writer.put(" ON ")
    write(left.key, of: .left, to: &writer)
    writer.put(" = ")
    write(right.key, of: .right, to: &writer)
    if let condition = left.condition {
      writer.put(" WHERE ")
      var qualified = QualifyingWriter(writer: writer, table: left.table)
      condition.write(to: &qualified)
      writer = qualified.writer
    }
    writer.put(" LIMIT 1")
  }

  private func write<Writer: StatementWriter>(
    _ column: ColumnName, of side: JoinSide, to writer: inout Writer
  ) {
    switch side {
    case .left: writer.relation(left.table)
    case .right: writer.relation(right.table)
    }
    writer.put(".")
    writer.column(column)
  }
}

/// Puts the table before each column, for a condition that was written for one table.
private struct QualifyingWriter<Writer: StatementWriter>: StatementWriter {
  var writer: Writer
  let table: TableName

  var dialect: Dialect { writer.dialect }

  mutating func put(_ text: StaticString) { writer.put(text) }

  mutating func put(number: Int) { writer.put(number: number) }

  mutating func column(_ column: ColumnName) {
    writer.relation(table)
    writer.put(".")
    writer.column(column)
  }

  mutating func relation(_ table: TableName) { writer.relation(table) }

  mutating func bind(_ value: DatabaseValue) { writer.bind(value) }

  /// The columns of a select within the condition are those of its own table.
  mutating func inner(_ body: SelectBody) { writer.inner(body) }
}
