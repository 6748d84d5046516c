import Schema

/// A change of rows that does not say yet which: it can be run only after `where` or `everyRow`, so that nobody
/// changes all rows by forgetting half a sentence.
package struct UnfilteredUpdate<Owner: Table>: Sendable {
  let assignments: [Assignment<Owner>]

  /// Changes the rows that satisfy the condition.
  package func `where`(_ predicate: Predicate<Owner>) -> Update<Owner> {
    Update(assignments: assignments, condition: predicate.condition)
  }

  /// Changes the rows that satisfy the condition: `where(\.revokedAt.isNull)`.
  package func `where`(_ path: PredicatePath<Owner>) -> Update<Owner> {
    self.where(Owner.shape[keyPath: path])
  }

  /// Changes all rows, on purpose.
  package func everyRow() -> Update<Owner> {
    Update(assignments: assignments, condition: nil)
  }
}

/// A change of the rows that satisfy a condition: `Users.update(\.active <- false).where(\.id == 7)`.
package struct Update<Owner: Table>: Statement {
  let assignments: [Assignment<Owner>]
  let condition: Condition?

  package var operation: Operation { Operation(.update, table: Owner.definition.name) }

  package var isRead: Bool { false }

  package func render(in dialect: Dialect) throws(DatabaseError) -> Query {
    guard !assignments.isEmpty else { throw .invalid("an update assigns nothing", operation) }
    var writer = SQLWriter(dialect)
    writer.put("UPDATE ")
    writer.identifier(dialect.relation(for: Owner.definition.name).name)
    writer.put(" SET ")
    writer.list(assignments) { $1.write(to: &$0) }
    writer.filter(condition)
    return writer.query(operation)
  }
}

extension Table {
  /// A change; say next of which rows.
  package static func update(_ assignments: Assignment<Self>...) -> UnfilteredUpdate<Self> {
    UnfilteredUpdate(assignments: assignments)
  }

  /// For assignments that are put together while the program runs; none is an error when the statement runs.
  package static func update(_ assignments: [Assignment<Self>]) -> UnfilteredUpdate<Self> {
    UnfilteredUpdate(assignments: assignments)
  }
}

extension DatabaseError {
  /// A statement that cannot be rendered; `problem` names no value.
  static func invalid(_ problem: String, _ operation: Operation) -> DatabaseError {
    DatabaseError(.invalidStatement, operation: operation.description, detail: problem)
  }
}
