import DataAccess

/// What the database has, as far as the account sees it.
extension StatementRunner {
  /// Whether there is a table of this name.
  func hasTable(_ name: String) async throws(DatabaseError) -> Bool {
    try await returnsRow(dialect.tableExists, [name])
  }

  /// Whether the table has a column of this name.
  func hasColumn(_ name: String, of table: String) async throws(DatabaseError) -> Bool {
    try await returnsRow(dialect.columnExists, [table, name])
  }

  private func returnsRow(_ sql: String, _ names: [String]) async throws(DatabaseError) -> Bool {
    let query = Query(
      sql: sql, bindings: names.map { .text($0) }, operation: Operation(.other, label: "look for a table"),
      isReusable: false)
    return try await execute(query).rowCount > 0
  }
}
