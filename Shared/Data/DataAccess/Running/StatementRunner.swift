import Schema

/// Executes statements: the database (each statement on its own), a session, or a transaction.
package protocol StatementRunner: Sendable {
  /// The engine's capabilities.
  var dialect: Dialect { get }

  /// Where lists report the rows that they leave out because this program cannot read them. Without it, such a row
  /// fails the whole list: what a transaction decides must not depend on half of the rows.
  var unreadableRows: UnreadableRows? { get }

  /// Executes a statement and returns its rows.
  func execute(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet

  /// Executes either all statements of `body` or none.
  func atomically<Result>(
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result
}

extension StatementRunner {
  /// None: every row must be readable.
  package var unreadableRows: UnreadableRows? { nil }

  /// The first row, or nil.
  package func first<Owner, each Value, Item>(
    _ select: Select<Owner, repeat each Value>,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> Item? {
    let one = select.limit(stated: 1)
    let result = try await execute(one.body)
    return result.rowCount == 0 ? nil : try one.read(result, 0, as: make)
  }

  /// Every row that can be read. A select of a large table needs a limit; `page` reads it page by page.
  package func all<Owner, each Value, Item>(
    _ select: Select<Owner, repeat each Value>,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> [Item] {
    try select.readAll(try await execute(select.body), reporting: unreadableRows, as: make)
  }

  /// Whether there is at least one row.
  package func exists<Owner, each Value>(
    _ select: Select<Owner, repeat each Value>
  ) async throws(DatabaseError) -> Bool {
    try await execute(select.limit(stated: 1).body).rowCount > 0
  }

  /// The number of rows.
  package func count<Owner>(_ count: Count<Owner>) async throws(DatabaseError) -> Int {
    let result = try await execute(count)
    guard result.rowCount == 1 else { throw DatabaseError(decoding: "a count returned no single row") }
    return Int(try result.integer(0, 0))
  }

  /// Returns the number of inserted rows.
  @discardableResult
  package func run<Owner>(_ insert: Insert<Owner>) async throws(DatabaseError) -> Int {
    try await execute(insert).affectedRows
  }

  /// Returns the number of changed rows.
  @discardableResult
  package func run<Owner>(_ update: Update<Owner>) async throws(DatabaseError) -> Int {
    try await execute(update).affectedRows
  }

  /// Returns the number of deleted rows.
  @discardableResult
  package func run<Owner>(_ delete: Delete<Owner>) async throws(DatabaseError) -> Int {
    try await execute(delete).affectedRows
  }

  /// Inserts all rows or none, and returns their number.
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

extension StatementRunner {
  /// Inserts a row and returns one of its columns, such as the `\.id` that the engine assigned.
  ///
  /// Where the relation cannot return it, a second statement reads the row by its identity or by a unique key. The
  /// insert must then assign every column of that key.
  package func insert<Owner, Value>(
    _ insert: Insert<Owner>, returning path: KeyPath<Owner, Column<Owner, Value>>
  ) async throws(DatabaseError) -> Value {
    let column = ColumnName(path)
    let inserted = try await execute(insert.returning(column))
    let body = SelectBody(table: insert.body.table, columns: [column])
    if inserted.rowCount > 0 { return try Self.first(of: inserted, body) }
    let readBack = try insert.readingBack(column, insertedID: inserted.insertedID)
    return try Self.first(of: try await execute(readBack), body)
  }

  /// Inserts a row and returns one of its columns, unless the table has a row with the same key: then it returns nil.
  ///
  /// Where the relation has no such clause, the engine's refusal of any unique key counts, in a transaction or savepoint
  /// that is rolled back.
  package func insert<Owner, Value, each Key>(
    _ insert: Insert<Owner>, returning path: KeyPath<Owner, Column<Owner, Value>>,
    unlessConflictOf key: repeat KeyPath<Owner, Column<Owner, each Key>>
  ) async throws(DatabaseError) -> Value? {
    guard dialect.ignoresConflicts(in: insert.body.table) else {
      do throws(DatabaseError) {
        // The type selects the function: without it, this one would call itself with an empty key.
        let value: Value = try await atomically { transaction throws(DatabaseError) in
          try await transaction.insert(insert, returning: path)
        }
        return value
      } catch {
        guard error.isUniqueViolation else { throw error }
        return nil
      }
    }
    var keyColumns: [ColumnName] = []
    repeat keyColumns.append(ColumnName(each key))
    let column = ColumnName(path)
    let inserted = try await execute(insert.ignoringConflict(of: keyColumns).returning(column))
    let body = SelectBody(table: insert.body.table, columns: [column])
    if inserted.rowCount > 0 { return try Self.first(of: inserted, body) }
    guard inserted.affectedRows > 0 else { return nil }
    let readBack = try insert.readingBack(column, insertedID: inserted.insertedID)
    return try Self.first(of: try await execute(readBack), body)
  }

  private static func first<Value: ColumnValue>(
    of result: any ResultSet, _ body: SelectBody
  ) throws(DatabaseError) -> Value {
    guard result.rowCount > 0 else {
      throw DatabaseError(
        .decoding, operation: body.operation.description, detail: "the new row was not found")
    }
    var reader = RowReader(result, row: 0, of: body)
    return try reader.next()
  }
}

extension StatementRunner {
  /// Executes SQL that was written by hand, in the engine's own dialect and with its own placeholders.
  ///
  /// Unsafe because nothing checks the text: never build it from input. Values belong in `bindings`. Without `isRead`
  /// the statement counts as a write.
  package func unsafeQuery(
    unsafeSQL sql: String, _ bindings: [DatabaseValue] = [], label: String = "query", isRead: Bool = false
  ) async throws(DatabaseError) -> any ResultSet {
    try await execute(
      Query(
        sql: sql, bindings: bindings, operation: Operation(.other, label: label), isRead: isRead,
        isReusable: false))
  }
}

extension Dialect {
  /// Whether an insert into the relation has a clause for a known key that leaves the row as it is. Behind
  /// `ON DUPLICATE KEY`, the result does not tell a new row from a known one.
  fileprivate func ignoresConflicts(in table: TableName) -> Bool {
    self.upsert == .onConflict && relation(for: table.name).supportsUpsert
  }
}
