import Schema

extension StatementRunner {
  /// The present time by the server's clock, the only one that all processes share. An engine in the process has that of
  /// the machine.
  package func serverTime() async throws(DatabaseError) -> Timestamp {
    let rows = try await execute(
      Query(
        sql: dialect.serverMicroseconds, bindings: [], operation: Operation(.other, label: "server time"),
        isRead: true))
    guard rows.rowCount == 1 else { throw DatabaseError(decoding: "the server returned no single time") }
    return Timestamp(microsecondsSinceEpoch: try rows.integer(0, 0))
  }
}
