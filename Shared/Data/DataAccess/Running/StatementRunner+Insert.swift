import Schema

extension StatementRunner {
  /// Inserts a row and answers one of its columns, as `\.id`, which the engine gave.
  ///
  /// Where the relation cannot answer it, the row is read back by its identity or by a unique key, all of whose
  /// columns the insert must then assign.
  package func insert<Owner, Value>(
    _ insert: Insert<Owner>, returning path: KeyPath<Owner, Column<Owner, Value>>
  ) async throws(DatabaseError) -> Value {
    let statement = InsertReturning(insert: insert, column: Owner.shape[keyPath: path].name)
    let inserted = try await execute(statement)
    let body = SelectBody(table: Owner.definition.name, columns: [statement.column])
    if inserted.rowCount > 0 { return try Self.first(of: inserted, body) }
    let readBack = try statement.readingBack(insertedID: inserted.insertedID)
    return try Self.first(of: try await execute(readBack), body)
  }

  private static func first<Value: ColumnValue>(
    of result: any ResultSet, _ body: SelectBody
  ) throws(DatabaseError) -> Value {
    guard result.rowCount > 0 else {
      throw DatabaseError(
        .decoding, operation: body.operation.description, detail: "the new row cannot be read")
    }
    var reader = RowReader(result, row: 0, of: body)
    return try reader.next()
  }
}
