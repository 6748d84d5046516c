import DataAccess

extension StatementRunner {
  /// Executes one planned statement for its effect; `label` is what errors and logs show of it.
  package func change(_ sql: String, label: String) async throws(DatabaseError) {
    _ = try await unsafeQuery(unsafeSQL: sql, label: label)
  }
}
