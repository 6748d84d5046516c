import Schema

infix operator <- : AssignmentPrecedence

/// A column and the value that a statement puts there: `\.active <- false`.
package struct Assignment<Owner: Table>: Sendable {
  /// What the column becomes.
  enum Source: Sendable {
    case value(DatabaseValue)
    case incremented(by: DatabaseValue)
  }

  let column: String
  let source: Source

  /// Raises a number by `amount`, counting from what the row holds when it is locked.
  package static func increment(
    _ path: KeyPath<Owner, Column<Owner, Int>>, by amount: Int = 1
  ) -> Assignment {
    Assignment(column: Owner.shape[keyPath: path].name, source: .incremented(by: .integer(Int64(amount))))
  }

  /// Raises a number by `amount`, counting from what the row holds when it is locked.
  package static func increment(
    _ path: KeyPath<Owner, Column<Owner, Int64>>, by amount: Int64 = 1
  ) -> Assignment {
    Assignment(column: Owner.shape[keyPath: path].name, source: .incremented(by: .integer(amount)))
  }

  func write(to writer: inout SQLWriter) {
    writer.identifier(column)
    writer.put(" = ")
    switch source {
    case .value(let value):
      writer.bind(value)
    case .incremented(let amount):
      writer.identifier(column)
      writer.put(" + ")
      writer.bind(amount)
    }
  }
}

/// Binds the value to the column.
package func <- <Owner, Value>(path: KeyPath<Owner, Column<Owner, Value>>, value: Value) -> Assignment<Owner>
{
  Assignment(column: Owner.shape[keyPath: path].name, source: .value(DatabaseValue(value)))
}
