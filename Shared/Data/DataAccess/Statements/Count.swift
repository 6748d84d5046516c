import Schema

/// How many rows of `Owner` there are: `Users.count().where(\.active == true)`.
package struct Count<Owner: Table>: Statement {
  private var condition: Condition?

  init() {}

  /// Counts the rows that satisfy this condition too.
  package func `where`(_ predicate: Predicate<Owner>) -> Self {
    var copy = self
    copy.condition = predicate.condition.and(condition)
    return copy
  }

  /// Counts the rows that satisfy this condition too: `where(\.revokedAt.isNull)`.
  package func `where`(_ path: PredicatePath<Owner>) -> Self {
    self.where(Owner.shape[keyPath: path])
  }

  package var operation: Operation { Operation(.select, table: Owner.definition.name) }

  package var isRead: Bool { true }

  package func render(in dialect: Dialect) -> Query {
    var writer = SQLWriter(dialect)
    writer.put("SELECT count(*) FROM ")
    writer.identifier(dialect.relation(for: Owner.definition.name).name)
    writer.filter(condition)
    return writer.query(operation, isRead: true)
  }
}

extension Table {
  /// Counts all rows, until `where` is said.
  package static func count() -> Count<Self> { Count() }
}
