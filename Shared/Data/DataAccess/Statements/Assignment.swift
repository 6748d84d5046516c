import Schema

infix operator <- : AssignmentPrecedence

/// A column and the value that a statement assigns to it: `\.active <- false`.
package struct Assignment<Owner: Table>: Sendable {
  /// The new value of the column.
  enum Source: Sendable {
    case value(DatabaseValue)
    case incremented(by: DatabaseValue)
  }

  let column: ColumnName
  let source: Source

  /// Raises a number by `amount`, from the value that the row has when it is locked.
  package static func increment(
    _ path: KeyPath<Owner, Column<Owner, Int>>, by amount: Int = 1
  ) -> Assignment {
    Assignment(column: ColumnName(path), source: .incremented(by: .integer(Int64(amount))))
  }

  /// Raises a number by `amount`, from the value that the row has when it is locked.
  package static func increment(
    _ path: KeyPath<Owner, Column<Owner, Int64>>, by amount: Int64 = 1
  ) -> Assignment {
    Assignment(column: ColumnName(path), source: .incremented(by: .integer(amount)))
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
  Assignment(column: ColumnName(path), source: .value(DatabaseValue(value)))
}
