import Schema

infix operator <- : AssignmentPrecedence

/// A column and the value that a statement assigns to it: `\.active <- false`.
package struct Assignment<Owner: Table>: Sendable {
  let content: ColumnAssignment

  init(_ content: ColumnAssignment) {
    self.content = content
  }

  /// Raises a number by `amount`, from the value that the row has when it is locked.
  package static func increment(
    _ path: KeyPath<Owner, Column<Owner, Int>>, by amount: Int = 1
  ) -> Assignment {
    Assignment(ColumnAssignment(ColumnName(path), .incremented(by: .integer(Int64(amount)))))
  }

  /// Raises a number by `amount`, from the value that the row has when it is locked.
  package static func increment(
    _ path: KeyPath<Owner, Column<Owner, Int64>>, by amount: Int64 = 1
  ) -> Assignment {
    Assignment(ColumnAssignment(ColumnName(path), .incremented(by: .integer(amount))))
  }
}

/// The content of an assignment, without the type of its table.
struct ColumnAssignment: Sendable {
  /// The new value of the column.
  enum Source: Sendable {
    case value(DatabaseValue)
    case incremented(by: DatabaseValue)
  }

  let column: ColumnName
  let source: Source

  init(_ column: ColumnName, _ source: Source) {
    self.column = column
    self.source = source
  }

  func write<Writer: StatementWriter>(to writer: inout Writer) {
    writer.column(column)
    writer.put(" = ")
    switch source {
    case .value(let value):
      writer.bind(value)
    case .incremented(let amount):
      writer.column(column)
      writer.put(" + ")
      writer.bind(amount)
    }
  }
}

/// Binds the value to the column.
package func <- <Owner, Value>(path: KeyPath<Owner, Column<Owner, Value>>, value: Value) -> Assignment<Owner>
{
  Assignment(ColumnAssignment(ColumnName(path), .value(DatabaseValue(value))))
}
