import Schema

/// A deletion without its rows: it runs only after `where` or `everyRow`.
package struct UnfilteredDelete<Owner: Table>: Sendable {
  /// Deletes the rows that satisfy the condition.
  package func `where`(_ predicate: Predicate<Owner>) -> Delete<Owner> {
    Delete(condition: predicate.condition)
  }

  /// Deletes the rows that satisfy the condition: `where(\.revokedAt.isNull)`.
  package func `where`(_ path: PredicatePath<Owner>) -> Delete<Owner> {
    self.where(Owner.shape[keyPath: path])
  }

  /// Deletes all rows, on purpose.
  package func everyRow() -> Delete<Owner> {
    Delete(condition: nil)
  }
}

/// A deletion of the rows that satisfy a condition: `Sessions.delete().where(\.userID == 7)`.
package struct Delete<Owner: Table>: WrittenStatement {
  let table = TableName(Owner.self)
  let condition: Condition?

  init(condition: Condition?) {
    self.condition = condition
  }

  package var operation: Operation { Operation(.delete, table: table.name) }

  package var isRead: Bool { false }

  func write<Writer: StatementWriter>(to writer: inout Writer) {
    writer.put("DELETE FROM ")
    writer.relation(table)
    writer.filter(condition)
  }
}

extension Table {
  /// A deletion; `where` or `everyRow` names its rows.
  package static func delete() -> UnfilteredDelete<Self> { UnfilteredDelete() }
}
