import Schema

/// An insert that asks for a column of the new row, in the one way that the relation offers.
struct InsertReturning<Owner: Table>: Statement {
  let insert: Insert<Owner>
  let column: String

  var operation: Operation { insert.operation }

  var isRead: Bool { false }

  func render(in dialect: Dialect) throws(DatabaseError) -> Query {
    var writer = try insert.written(in: dialect)
    switch dialect.relation(for: Owner.definition.name).insertedValues {
    case .returning:
      writer.put(" RETURNING ")
      writer.identifier(column)
    case .identityInResult, .readBack:
      break
    }
    return writer.query(operation)
  }

  /// Reads the column from the row that was just inserted, where the insert itself did not answer it.
  func readingBack(insertedID: Int64?) throws(DatabaseError) -> SelectBody {
    var select = SelectBody(table: Owner.definition.name, columns: [column])
    select.limit = .one
    if let insertedID, let identity = Owner.definition.identity {
      select.condition = .comparison(identity.name, .equal, .integer(insertedID))
      return select
    }
    select.condition = try uniqueKeyCondition()
    return select
  }

  private func uniqueKeyCondition() throws(DatabaseError) -> Condition {
    for key in Owner.definition.uniqueKeys {
      let parts = key.compactMap(condition)
      guard parts.count == key.count, let first = parts.first else { continue }
      return parts.dropFirst().reduce(first) { .and($0, $1) }
    }
    throw .invalid("no unique key to read the new row back by", operation)
  }

  private func condition(on column: String) -> Condition? {
    for assignment in insert.assignments where assignment.column == column {
      if case .value(let value) = assignment.source { return .comparison(column, .equal, value) }
    }
    return nil
  }
}
