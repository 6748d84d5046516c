import EventLoop

/// A lent connection, usable from any thread; see ``Lease``.
struct LeaseHandle: Sendable {
  let lease: LoopBound<Lease>

  var loop: EventLoop { lease.loop }

  /// Executes a statement that must run even for a cancelled task, such as a rollback.
  func execute(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet {
    let lease = lease
    return try await loop.answer { lease.value.execute(statement, completion: $0) }
  }

  /// Executes a statement. When the caller's task is cancelled, the engine cancels it; one that has not begun fails.
  func executeCancellably(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet {
    let lease = lease
    let ticket = LoopBound(StatementTicket(), to: loop)
    return try await loop.answer(onCancel: { ticket.value.cancel() }) {
      lease.value.execute(statement, ticket.value, completion: $0)
    }
  }

  /// Sends all statements at once. When the caller's task is cancelled, the engine cancels the one that runs.
  func executeAll(_ statements: [any Statement]) async -> [Result<any ResultSet, DatabaseError>] {
    let lease = lease
    let ticket = LoopBound(StatementTicket(), to: loop)
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        loop.perform {
          lease.value.executeAll(statements, ticket.value) { continuation.resume(returning: $0) }
        }
      }
    } onCancel: {
      loop.execute { ticket.value.cancel() }
    }
  }

  /// Returns the connection to the pool.
  func giveBack() async {
    await onLoop { $0.giveBack() }
  }

  /// Closes the connection; the pool opens another when it needs one.
  func discard() async {
    await onLoop { $0.discard() }
  }

  private func onLoop(_ body: @escaping @Sendable (Lease) -> Void) async {
    let lease = lease
    await loop.calling { body(lease.value) }
  }

  /// Runs `body`, and commits or rolls back. The transaction begins with its first statement.
  func transaction<Result>(
    _ mode: TransactionMode, dialect: Dialect, _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(TransactionFailure) -> Result {
    let transaction = Transaction(lease: self, dialect: dialect, mode: mode)
    do throws(DatabaseError) {
      let result = try await body(transaction)
      try await transaction.commit()
      return result
    } catch {
      switch await transaction.abandon() {
      case .pending: throw TransactionFailure(error: error, isBeforeBegin: false)
      case .succeeded: await rollBack(dialect)
      case .failed(let failure):
        throw TransactionFailure(error: error, isBeforeBegin: failure.kind == .connectionLost)
      }
      throw TransactionFailure(error: error, isBeforeBegin: false)
    }
  }

  /// A connection on which a rollback fails is unusable for the next borrower.
  private func rollBack(_ dialect: Dialect) async {
    do throws(DatabaseError) {
      _ = try await execute(dialect.rollback)
    } catch {
      await discard()
    }
  }
}

extension EventLoop {
  /// Calls `body` on the loop, and returns its result. A caller on the loop is not suspended.
  func calling<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    if isCurrent { return body() }
    return await withUnsafeContinuation { continuation in
      execute { continuation.resume(returning: body()) }
    }
  }

  /// Suspends the caller until `body`, which runs on the loop, has called its completion.
  func answer<Value: Sendable>(
    _ body: @escaping @Sendable (_ completion: @escaping (Result<Value, DatabaseError>) -> Void) -> Void
  ) async throws(DatabaseError) -> Value {
    let result: Result<Value, DatabaseError> = await withUnsafeContinuation { continuation in
      perform { body { continuation.resume(returning: $0) } }
    }
    return try result.get()
  }

  /// As ``answer(_:)``; calls `onCancel` on the loop when the caller's task is cancelled meanwhile or was before.
  func answer<Value: Sendable>(
    onCancel: @escaping @Sendable () -> Void,
    _ body: @escaping @Sendable (_ completion: @escaping (Result<Value, DatabaseError>) -> Void) -> Void
  ) async throws(DatabaseError) -> Value {
    let result: Result<Value, DatabaseError> = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        perform { body { continuation.resume(returning: $0) } }
      }
    } onCancel: {
      execute(onCancel)
    }
    return try result.get()
  }
}
