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

  /// Sends all statements at once, where the engine takes more than one, and returns the result of each in their order.
  ///
  /// Each runs after the one before and fails alone, so none may be a read of ``Statement/isRead``. It saves the round
  /// trips between statements that do not depend on each other's results, such as attempts and their rollbacks.
  package func executeAll(_ statements: [any Statement]) async -> [Result<any ResultSet, DatabaseError>] {
    await lease.executeAll(statements)
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
