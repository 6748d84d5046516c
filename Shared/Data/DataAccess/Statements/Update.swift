import Schema

/// A change without its rows: it runs only after `where` or `everyRow`. A forgotten condition does not compile.
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
package struct Update<Owner: Table>: WrittenStatement {
  let table = TableName(Owner.self)
  let assignments: [Assignment<Owner>]
  let condition: Condition?

  init(assignments: [Assignment<Owner>], condition: Condition?) {
    self.assignments = assignments
    self.condition = condition
  }

  package var operation: Operation { Operation(.update, table: table.name) }

  package var isRead: Bool { false }

  func write<Writer: StatementWriter>(to writer: inout Writer) throws(DatabaseError) {
    guard !assignments.isEmpty else { throw .invalid("the update assigns no column", operation) }
    writer.put("UPDATE ")
    writer.relation(table)
    writer.put(" SET ")
    writer.list(assignments) { $1.write(to: &$0) }
    writer.filter(condition)
  }
}

extension Table {
  /// A change; `where` or `everyRow` names its rows.
  package static func update(_ assignments: Assignment<Self>...) -> UnfilteredUpdate<Self> {
    UnfilteredUpdate(assignments: assignments)
  }

  /// A change whose assignments are collected at run time; an empty list fails when the statement runs.
  package static func update(_ assignments: [Assignment<Self>]) -> UnfilteredUpdate<Self> {
    UnfilteredUpdate(assignments: assignments)
  }
}

extension DatabaseError {
  /// A statement that cannot be rendered; `problem` contains no value.
  static func invalid(_ problem: String, _ operation: Operation) -> DatabaseError {
    DatabaseError(.invalidStatement, operation: operation.description, detail: problem)
  }
}
