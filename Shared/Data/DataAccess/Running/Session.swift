import EventLoop

/// A connection for one caller, for what is tied to a session.
///
/// It is valid inside the closure that receives it. Each statement stands on its own, unless the caller uses
/// ``transaction(_:body:)`` or sends `begin` and `commit` itself.
package struct Session: StatementRunner {
  let lease: LeaseHandle
  /// The engine's capabilities.
  package let dialect: Dialect

  /// Executes one statement; it is never sent twice. When the caller's task is cancelled, the engine cancels it.
  package func execute(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet {
    try await lease.executeCancellably(statement)
  }

  /// As ``transaction(_:body:)``.
  package func atomically<Result>(
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    try await transaction(body: body)
  }

  /// Runs `body` in a transaction of this session, without retries.
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
