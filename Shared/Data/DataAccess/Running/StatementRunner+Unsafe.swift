extension StatementRunner {
  /// Executes SQL that was written by hand, in the engine's own dialect and with its own placeholders.
  ///
  /// Unsafe because nothing checks the text: never build it from input. Values belong into `bindings`. Without
  /// `isRead` the statement is taken for a write.
  package func unsafeQuery(
    unsafeSQL sql: String, _ bindings: [DatabaseValue] = [], label: String = "query", isRead: Bool = false
  ) async throws(DatabaseError) -> any ResultSet {
    try await execute(
      Query(
        sql: sql, bindings: bindings, operation: Operation(.other, label: label), isRead: isRead,
        isReusable: false))
  }
}
