import EventLoop

/// Statements that take effect together or not at all. It lives as long as the closure it was given to; used later,
/// its statements fail.
///
/// Once a statement has failed, the transaction can only be rolled back, whatever the engine would allow: an error
/// that was caught and forgotten must not turn into half a commit.
package struct Transaction: StatementRunner {
  let lease: LeaseHandle
  let scope: LoopBound<TransactionScope>
  let depth: Int
  /// What the engine can do.
  package let dialect: Dialect

  init(lease: LeaseHandle, dialect: Dialect, depth: Int = 0) {
    self.lease = lease
    self.dialect = dialect
    self.depth = depth
    scope = LoopBound(TransactionScope(), to: lease.loop)
  }

  /// Executes one statement of the transaction; after a failed one, and after the end, it is refused.
  package func execute(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet {
    let (lease, scope) = (lease.lease, scope)
    return try await scope.loop.answer { completion in
      if let refusal = scope.value.refusal(of: statement.operation) { return completion(.failure(refusal)) }
      lease.value.execute(statement) { result in
        if case .failure(let error) = result { scope.value.fail(error) }
        completion(result)
      }
    }
  }

  /// As ``savepoint(_:)``: it is atomic already.
  package func atomically<Result>(
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    try await savepoint(body)
  }

  /// Runs `body` in a part of the transaction that can be undone alone: when it throws, what it did is rolled back and
  /// the transaction goes on.
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

  /// Takes no more statements; fails when one of those before has failed.
  func end() async throws(DatabaseError) {
    let scope = scope
    let failure: DatabaseError? = await withUnsafeContinuation { continuation in
      scope.loop.perform { continuation.resume(returning: scope.value.end()) }
    }
    if let failure { throw failure }
  }
}
