import Schema

/// An update or a delete that returns columns of the rows that it changed.
struct ChangeReturning<Change: WrittenStatement>: WrittenStatement {
  let change: Change
  let columns: [ColumnName]

  var operation: Operation { change.operation }

  var isRead: Bool { false }

  func write<Writer: StatementWriter>(to writer: inout Writer) throws(DatabaseError) {
    try change.write(to: &writer)
    writer.put(" RETURNING ")
    writer.columns(columns)
  }
}

extension StatementRunner {
  /// Changes rows and returns the selected columns of each, with their new values.
  ///
  /// Of the select only the columns count. Where the relation cannot return them, a transaction selects and locks the
  /// rows first, and reads them again by their identity after the change.
  package func run<Owner, each Value, Item>(
    _ update: Update<Owner>, returning select: Select<Owner, repeat each Value>,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> [Item] {
    let body = update.body
    if dialect.returnsRows(changedIn: body.table) {
      return try await execute(body, returning: select, as: make)
    }
    let (key, name) = try Self.identity(of: Owner.self, body.operation)
    return try await atomically { transaction throws(DatabaseError) in
      var known = SelectBody(table: body.table, columns: [key])
      known.condition = body.condition
      known.lock = .waiting
      let rows = try await transaction.execute(known)
      var ids: [DatabaseValue] = []
      for row in 0..<rows.rowCount { ids.append(.integer(try rows.integer(row, 0))) }
      let chosen = Condition.membership(ColumnName(identityNamed: name, of: body.table), ids)
      _ = try await transaction.execute(
        UpdateBody(table: body.table, assignments: body.assignments, condition: chosen))
      let changed = select.changed { $0.condition = chosen }
      return try changed.readAll(try await transaction.execute(changed.body), reporting: nil, as: make)
    }
  }

  /// Deletes rows and returns the selected columns of each.
  ///
  /// Of the select only the columns count. Where the relation cannot return them, a transaction selects and locks the
  /// rows before it deletes them.
  package func run<Owner, each Value, Item>(
    _ delete: Delete<Owner>, returning select: Select<Owner, repeat each Value>,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> [Item] {
    if dialect.returnsRows(changedIn: delete.body.table) {
      return try await execute(delete.body, returning: select, as: make)
    }
    return try await atomically { transaction throws(DatabaseError) in
      let doomed = select.changed { body in
        body.condition = delete.body.condition
        body.lock = .waiting
      }
      let rows = try await transaction.execute(doomed.body)
      _ = try await transaction.execute(delete)
      return try doomed.readAll(rows, reporting: nil, as: make)
    }
  }

  private func execute<Owner, each Value, Item>(
    _ change: some WrittenStatement, returning select: Select<Owner, repeat each Value>,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> [Item] {
    let returning = ChangeReturning(change: change, columns: select.body.columns)
    return try select.readAll(try await execute(returning), reporting: unreadableRows, as: make)
  }

  private static func identity<Owner: Table>(
    of table: Owner.Type, _ operation: Operation
  ) throws(DatabaseError) -> (column: ColumnName, name: String) {
    guard let identity = Owner.definition.identity else {
      throw .invalid("the table has no identity by which to read the changed rows", operation)
    }
    return (ColumnName(identityNamed: identity.name, of: TableName(table)), identity.name)
  }
}

extension Dialect {
  /// Whether an update or delete of the relation returns columns by a `RETURNING` clause. A view that scopes rows
  /// returns none, because a trigger makes the change.
  func returnsRows(changedIn table: TableName) -> Bool {
    guard self.returnsChangedRows else { return false }
    switch relation(for: table.name).insertedValues {
    case .returning: return true
    case .identityInResult, .readBack: return false
    }
  }
}
