import Schema

/// A deletion without its rows: it runs only after `where` or `everyRow`.
package struct UnfilteredDelete<Owner: Table>: Sendable {
  /// Deletes the rows that satisfy the condition.
  package func `where`(_ predicate: Predicate<Owner>) -> Delete<Owner> {
    Delete(DeleteBody(table: TableName(Owner.self), condition: predicate.condition))
  }

  /// Deletes the rows that satisfy the condition: `where(\.revokedAt.isNull)`.
  package func `where`(_ path: PredicatePath<Owner>) -> Delete<Owner> {
    self.where(Owner.shape[keyPath: path])
  }

  /// Deletes all rows, on purpose.
  package func everyRow() -> Delete<Owner> {
    Delete(DeleteBody(table: TableName(Owner.self), condition: nil))
  }
}

/// A deletion of the rows that satisfy a condition: `Sessions.delete().where(\.userID == 7)`.
package struct Delete<Owner: Table>: Statement {
  let body: DeleteBody

  init(_ body: DeleteBody) {
    self.body = body
  }

  /// As ``Statement/operation``.
  package var operation: Operation { body.operation }

  /// A deletion is no read.
  package var isRead: Bool { false }

  /// As ``Statement/query(from:)``.
  package func query(from rendered: RenderedStatements) throws(DatabaseError) -> Query {
    try body.query(from: rendered)
  }
}

/// The statement of a deletion, without the type of its table.
struct DeleteBody: WrittenStatement {
  let table: TableName
  let condition: Condition?

  var operation: Operation { Operation(.delete, table: table.name) }

  var isRead: Bool { false }

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
