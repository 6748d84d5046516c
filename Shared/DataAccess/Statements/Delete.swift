import Schema

/// A deletion that does not say yet of which rows: it can be run only after `where` or `everyRow`.
public struct UnfilteredDelete<Owner: Table>: Sendable {
  /// Deletes the rows that satisfy the condition.
  public func `where`(_ predicate: Predicate<Owner>) -> Delete<Owner> {
    Delete(condition: predicate.condition)
  }

  /// Deletes the rows that satisfy the condition: `where(\.revokedAt.isNull)`.
  public func `where`(_ path: PredicatePath<Owner>) -> Delete<Owner> {
    self.where(Owner.shape[keyPath: path])
  }

  /// Deletes all rows, on purpose.
  public func everyRow() -> Delete<Owner> {
    Delete(condition: nil)
  }
}

/// A deletion of the rows that satisfy a condition: `Sessions.delete().where(\.userID == 7)`.
public struct Delete<Owner: Table>: Statement {
  let condition: Condition?

  public var operation: Operation { Operation(.delete, table: Owner.definition.name) }

  public var isRead: Bool { false }

  public func render(in dialect: Dialect) -> Query {
    var writer = SQLWriter(dialect)
    writer.put("DELETE FROM ")
    writer.identifier(dialect.relation(for: Owner.definition.name).name)
    writer.filter(condition)
    return writer.query(operation)
  }
}

extension Table {
  /// A deletion; say next of which rows.
  public static func delete() -> UnfilteredDelete<Self> { UnfilteredDelete() }
}
