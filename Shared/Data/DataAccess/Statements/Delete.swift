import Schema

/// A deletion that does not say yet of which rows: it can be run only after `where` or `everyRow`.
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
package struct Delete<Owner: Table>: Statement {
  let condition: Condition?

  package var operation: Operation { Operation(.delete, table: Owner.definition.name) }

  package var isRead: Bool { false }

  package func render(in dialect: Dialect) -> Query {
    var writer = SQLWriter(dialect)
    writer.put("DELETE FROM ")
    writer.identifier(dialect.relation(for: Owner.definition.name).name)
    writer.filter(condition)
    return writer.query(operation)
  }
}

extension Table {
  /// A deletion; say next of which rows.
  package static func delete() -> UnfilteredDelete<Self> { UnfilteredDelete() }
}
