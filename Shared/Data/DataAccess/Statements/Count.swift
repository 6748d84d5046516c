import Schema

/// A count of rows: `Users.count().where(\.active == true)`.
package struct Count<Owner: Table>: WrittenStatement {
  private let table: TableName
  private var condition: Condition?

  init() {
    table = TableName(Owner.self)
  }

  /// Counts only the rows that satisfy this condition too.
  package func `where`(_ predicate: Predicate<Owner>) -> Self {
    var copy = self
    copy.condition = predicate.condition.and(condition)
    return copy
  }

  /// Counts only the rows that satisfy this condition too: `where(\.revokedAt.isNull)`.
  package func `where`(_ path: PredicatePath<Owner>) -> Self {
    self.where(Owner.shape[keyPath: path])
  }

  package var operation: Operation { Operation(.select, table: table.name) }

  package var isRead: Bool { true }

  func write<Writer: StatementWriter>(to writer: inout Writer) {
    writer.put("SELECT count(*) FROM ")
    writer.relation(table)
    writer.filter(condition)
  }
}

extension Table {
  /// Counts all rows, or those that `where` keeps.
  package static func count() -> Count<Self> { Count() }
}
