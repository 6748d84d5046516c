import EventLoop

/// Statements that take effect together or not at all. It is valid inside the closure that receives it; afterwards its
/// statements fail.
///
/// After a failed statement only a rollback is left, on every engine: an error that was caught and ignored must not
/// turn into half a commit.
package struct Transaction: StatementRunner {
  let lease: LeaseHandle
  let scope: LoopBound<TransactionScope>
  let gathered: LoopBound<GatheredStatements>
  let depth: Int
  private let mode: TransactionMode
  /// The engine's capabilities.
  package let dialect: Dialect

  init(lease: LeaseHandle, dialect: Dialect, mode: TransactionMode) {
    self.lease = lease
    self.dialect = dialect
    depth = 0
    self.mode = mode
    scope = LoopBound(TransactionScope(), to: lease.loop)
    gathered = LoopBound(GatheredStatements(begin: dialect.begin(mode)), to: lease.loop)
  }

  private init(in outer: Transaction) {
    lease = outer.lease
    dialect = outer.dialect
    depth = outer.depth + 1
    mode = outer.mode
    let outerScope = outer.scope
    scope = LoopBound(TransactionScope(in: outerScope), to: lease.loop)
    gathered = outer.gathered
  }

  /// Executes one statement of the transaction, together with those that were gathered before it; refuses it after a
  /// failed statement and after the end.
  package func execute(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet {
    let (lease, scope, gathered) = (lease.lease, scope, gathered)
    let ticket = LoopBound(StatementTicket(), to: scope.loop)
    return try await scope.loop.answer(onCancel: { ticket.value.cancel() }) { completion in
      let refusal = { scope.value.refusal(of: statement.operation) }
      if let refusal = refusal() { return completion(.failure(refusal)) }
      gathered.value.execute(before: statement, on: lease.value, ticket.value, unless: refusal) { result in
        if case .failure(let error) = result { scope.value.fail(error) }
        completion(result)
      }
    }
  }

  /// Adds a statement that is sent together with the next one, or with the commit. It saves a round trip where the
  /// next step does not depend on the result. Its failure fails that next statement, or the commit.
  @discardableResult
  package func gather(_ statement: any Statement) async throws(DatabaseError) -> GatheredResult {
    let place = LoopBound(GatheredResult.Place(), to: scope.loop)
    let (scope, gathered) = (scope, gathered)
    let refusal = await scope.loop.calling { () -> DatabaseError? in
      if let refusal = scope.value.refusal(of: statement.operation) { return refusal }
      gathered.value.append(statement, place)
      return nil
    }
    if let refusal { throw refusal }
    return GatheredResult(place: place, operation: statement.operation)
  }

  /// As ``gather(_:)`` for a select.
  package func gather<Owner, each Value>(
    _ select: Select<Owner, repeat each Value>
  ) async throws(DatabaseError) -> GatheredResult {
    try await gather(select.body)
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
    let nested = Transaction(in: self)
    _ = try await execute(dialect.savepoint(depth: nested.depth))
    do {
      let result = try await body(nested)
      try await nested.sendGathered()
      try await nested.end()
      _ = try await execute(dialect.release(depth: nested.depth))
      return result
    } catch {
      try? await nested.end()
      await nested.dropGathered()
      await undo(nested, after: error)
      throw error
    }
  }

  /// Rolls back to the savepoint. Where the server has no such savepoint any more, it has undone the whole transaction with
  /// the error of the body, and that error is the transaction's: it says whether a repetition may succeed.
  private func undo(_ nested: Transaction, after error: DatabaseError) async {
    do throws(DatabaseError) {
      _ = try await execute(dialect.rollback(toDepth: nested.depth))
      _ = try await execute(dialect.release(depth: nested.depth))
    } catch _ {
      let scope = scope
      await scope.loop.calling { scope.value.replaceFailure(with: error) }
    }
  }

  /// Accepts no more statements; throws the failure of an earlier one.
  private func end() async throws(DatabaseError) {
    let scope = scope
    if let failure = await scope.loop.calling({ scope.value.end() }) { throw failure }
  }
}

// MARK: - The end

extension Transaction {
  /// Commits, together with what was gathered; a transaction without statements needs no commit. Throws the failure of
  /// an earlier statement, and does not commit for a cancelled caller.
  ///
  /// A commit alone runs even when its caller is cancelled meanwhile. Gathered statements before it are cancelled: they
  /// may wait for locks, and the engine skips the commit behind a failed one.
  func commit() async throws(DatabaseError) {
    let (lease, scope, gathered, commit) = (lease.lease, scope, gathered, dialect.commit(mode))
    let ticket = LoopBound(StatementTicket(), to: scope.loop)
    let isCancelled = Task.isCancelled
    let _: (any ResultSet)? = try await scope.loop.answer(onCancel: { ticket.value.cancel() }) { completion in
      if let failure = scope.value.end() { return completion(.failure(failure)) }
      if isCancelled { return completion(.failure(.cancelled(Operation(.other, label: "transaction")))) }
      if gathered.value.isUnused { return completion(.success(nil)) }
      let cancellable = gathered.value.isEmpty ? nil : ticket.value
      let refusal = { scope.value.lateFailure }
      gathered.value.execute(before: commit, isEnd: true, on: lease.value, cancellable, unless: refusal) {
        completion($0.map { $0 })
      }
    }
  }

  /// Accepts no more statements, forgets what was not sent, and returns whether the transaction began.
  func abandon() async -> GatheredStatements.Beginning {
    let (scope, gathered) = (scope, gathered)
    return await scope.loop.calling {
      _ = scope.value.end()
      gathered.value.drop()
      return gathered.value.beginning
    }
  }

  /// Executes what was gathered, where there is any.
  private func sendGathered() async throws(DatabaseError) {
    let gathered = gathered
    guard let last = await scope.loop.calling({ gathered.value.takeLast() }) else { return }
    let result = try await execute(last.statement)
    await scope.loop.calling { last.place?.value.result = .success(result) }
  }

  private func dropGathered() async {
    let gathered = gathered
    await scope.loop.calling { gathered.value.drop() }
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
  private let outer: LoopBound<TransactionScope>?
  /// The failure of a statement that still ran when the scope ended: its caller did not wait for it.
  private(set) var lateFailure: DatabaseError?

  init(in outer: LoopBound<TransactionScope>? = nil) {
    self.outer = outer
  }

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
    case .failed: break
    case .ended:
      lateFailure = lateFailure ?? error
      outer?.value.fail(error)
    }
  }

  /// Gives another reason for the failure of the open scope.
  func replaceFailure(with error: DatabaseError) {
    if case .failed = state { state = .failed(error) }
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
