import Schema

extension StatementRunner {
  /// The first row, or nil when there is none.
  package func first<Owner, each Value, Item>(
    _ select: Select<Owner, repeat each Value>,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> Item? {
    let one = select.limit(1)
    let result = try await execute(one.body)
    return result.rowCount == 0 ? nil : try one.read(result, 0, as: make)
  }

  /// Every row; give the select a limit where the table may be large, or use `stream`.
  package func all<Owner, each Value, Item>(
    _ select: Select<Owner, repeat each Value>,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> [Item] {
    try select.readAll(try await execute(select.body), as: make)
  }

  /// Whether there is any such row.
  package func exists<Owner, each Value>(
    _ select: Select<Owner, repeat each Value>
  ) async throws(DatabaseError) -> Bool {
    try await execute(select.limit(1).body).rowCount > 0
  }

  /// How many rows there are.
  package func count<Owner>(_ count: Count<Owner>) async throws(DatabaseError) -> Int {
    let result = try await execute(count)
    guard result.rowCount == 1 else { throw DatabaseError(decoding: "a count did not answer one row") }
    return Int(try result.integer(0, 0))
  }

  /// Answers how many rows were inserted.
  @discardableResult
  package func run<Owner>(_ insert: Insert<Owner>) async throws(DatabaseError) -> Int {
    try await execute(insert).affectedRows
  }

  /// Answers how many rows were changed.
  @discardableResult
  package func run<Owner>(_ update: Update<Owner>) async throws(DatabaseError) -> Int {
    try await execute(update).affectedRows
  }

  /// Answers how many rows were deleted.
  @discardableResult
  package func run<Owner>(_ delete: Delete<Owner>) async throws(DatabaseError) -> Int {
    try await execute(delete).affectedRows
  }

  /// Inserts all rows or none, and answers how many that were.
  @discardableResult
  package func run<Owner>(_ insert: InsertMany<Owner>) async throws(DatabaseError) -> Int {
    let chunks = insert.chunks(bindLimit: dialect.bindLimit)
    guard let first = chunks.first else { return 0 }
    guard chunks.count > 1 else { return try await execute(first).affectedRows }
    return try await atomically { transaction throws(DatabaseError) in
      var inserted = 0
      for chunk in chunks { inserted += try await transaction.execute(chunk).affectedRows }
      return inserted
    }
  }
}
