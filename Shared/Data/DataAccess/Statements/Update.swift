import Schema

/// A change without its rows: it runs only after `where` or `everyRow`. A forgotten condition does not compile.
package struct UnfilteredUpdate<Owner: Table>: Sendable {
  let assignments: [ColumnAssignment]

  init(_ assignments: [Assignment<Owner>]) {
    self.assignments = assignments.map { $0.content }
  }

  /// Changes the rows that satisfy the condition.
  package func `where`(_ predicate: Predicate<Owner>) -> Update<Owner> {
    Update(UpdateBody(table: TableName(Owner.self), assignments: assignments, condition: predicate.condition))
  }

  /// Changes the rows that satisfy the condition: `where(\.revokedAt.isNull)`.
  package func `where`(_ path: PredicatePath<Owner>) -> Update<Owner> {
    self.where(Owner.shape[keyPath: path])
  }

  /// Changes all rows, on purpose.
  package func everyRow() -> Update<Owner> {
    Update(UpdateBody(table: TableName(Owner.self), assignments: assignments, condition: nil))
  }
}

/// A change of the rows that satisfy a condition: `Users.update(\.active <- false).where(\.id == 7)`.
package struct Update<Owner: Table>: Statement {
  let body: UpdateBody

  init(_ body: UpdateBody) {
    self.body = body
  }

  /// As ``Statement/operation``.
  package var operation: Operation { body.operation }

  /// An update is no read.
  package var isRead: Bool { false }

  /// As ``Statement/query(from:)``.
  package func query(from rendered: RenderedStatements) throws(DatabaseError) -> Query {
    try body.query(from: rendered)
  }
}

/// The statement of an update, without the type of its table.
struct UpdateBody: WrittenStatement {
  let table: TableName
  let assignments: [ColumnAssignment]
  let condition: Condition?

  var operation: Operation { Operation(.update, table: table.name) }

  var isRead: Bool { false }

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
    UnfilteredUpdate(assignments)
  }

  /// A change whose assignments are collected at run time; an empty list fails when the statement runs.
  package static func update(_ assignments: [Assignment<Self>]) -> UnfilteredUpdate<Self> {
    UnfilteredUpdate(assignments)
  }
}

extension DatabaseError {
  /// A statement that cannot be rendered; `problem` contains no value.
  static func invalid(_ problem: String, _ operation: Operation) -> DatabaseError {
    DatabaseError(.invalidStatement, operation: operation.description, detail: problem)
  }
}
