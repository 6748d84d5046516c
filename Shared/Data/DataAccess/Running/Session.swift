import EventLoop

/// A connection of one's own, statement by statement, for what is tied to the session.
///
/// It lives as long as the closure it was given to. Each statement stands on its own, unless `begin` and `commit` are
/// sent by hand or ``transaction(_:_:)`` is used.
package struct Session: StatementRunner {
  let lease: LeaseHandle
  /// What the engine can do.
  package let dialect: Dialect

  /// Executes one statement; it is never sent twice.
  package func execute(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet {
    try await lease.execute(statement)
  }

  /// As ``transaction(_:body:)``.
  package func atomically<Result>(
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    try await transaction(body: body)
  }

  /// Runs `body` in a transaction of this session; it is not retried.
  package func transaction<Result>(
    _ mode: TransactionMode = .readWrite, body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    do {
      return try await lease.transaction(mode, dialect: dialect, body)
    } catch {
      throw error.error
    }
  }
}
