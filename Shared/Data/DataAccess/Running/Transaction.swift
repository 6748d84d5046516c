import EventLoop

/// Statements that take effect together or not at all. It is valid inside the closure that receives it; afterwards its
/// statements fail.
///
/// After a failed statement only a rollback is left, on every engine: an error that was caught and ignored must not
/// turn into half a commit.
package struct Transaction: StatementRunner {
  let lease: LeaseHandle
  let scope: LoopBound<TransactionScope>
  let depth: Int
  /// The engine's capabilities.
  package let dialect: Dialect

  init(lease: LeaseHandle, dialect: Dialect, depth: Int = 0) {
    self.lease = lease
    self.dialect = dialect
    self.depth = depth
    scope = LoopBound(TransactionScope(), to: lease.loop)
  }

  /// Executes one statement of the transaction; refuses it after a failed statement and after the end.
  package func execute(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet {
    let (lease, scope) = (lease.lease, scope)
    let ticket = LoopBound(StatementTicket(), to: scope.loop)
    return try await scope.loop.answer(onCancel: { ticket.value.cancel() }) { completion in
      if let refusal = scope.value.refusal(of: statement.operation) { return completion(.failure(refusal)) }
      lease.value.execute(statement, ticket.value) { result in
        if case .failure(let error) = result { scope.value.fail(error) }
        completion(result)
      }
    }
  }

  /// As ``savepoint(_:)``: a transaction is atomic already.
  package func atomically<Result>(
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    try await savepoint(body)
  }

  /// Runs `body` in a part of the transaction that can be undone alone: when `body` throws, its changes are rolled back
  /// and the transaction goes on.
  package func savepoint<Result>(
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    let nested = Transaction(lease: lease, dialect: dialect, depth: depth + 1)
    _ = try await execute(dialect.savepoint(depth: nested.depth))
    do {
      let result = try await body(nested)
      try await nested.end()
      _ = try await execute(dialect.release(depth: nested.depth))
      return result
    } catch {
      try? await nested.end()
      _ = try await execute(dialect.rollback(toDepth: nested.depth))
      _ = try await execute(dialect.release(depth: nested.depth))
      throw error
    }
  }

  /// Accepts no more statements; throws the failure of an earlier one.
  func end() async throws(DatabaseError) {
    let scope = scope
    let failure: DatabaseError? = await withUnsafeContinuation { continuation in
      scope.loop.perform { continuation.resume(returning: scope.value.end()) }
    }
    if let failure { throw failure }
  }
}

/// Whether a transaction, or a savepoint in it, still accepts statements. Confined to its loop.
final class TransactionScope {
  private enum State {
    case open
    case failed(DatabaseError)
    case ended
  }

  private var state = State.open

  /// Why `operation` may not run now; nil when it may.
  func refusal(of operation: Operation) -> DatabaseError? {
    switch state {
    case .open: nil
    case .failed: .invalid("the transaction has failed and can only be rolled back", operation)
    case .ended: .invalid("the transaction has ended", operation)
    }
  }

  /// Records that a statement failed; the first failure counts.
  func fail(_ error: DatabaseError) {
    switch state {
    case .open: state = .failed(error)
    case .failed, .ended: break
    }
  }

  /// Ends the scope and returns the failure after which its work must not be committed.
  func end() -> DatabaseError? {
    defer { state = .ended }
    switch state {
    case .open, .ended: return nil
    case .failed(let error): return error
    }
  }
}

/// Why an attempt at a transaction failed.
struct TransactionFailure: Error {
  let error: DatabaseError
  /// Whether the connection was lost before the transaction began: nothing has happened, and another may succeed.
  let isBeforeBegin: Bool
}
