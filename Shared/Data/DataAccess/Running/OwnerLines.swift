import EventLoop

/// Transactions of one owner that run one after the other on a loop.
extension Database {
  /// As ``transaction(_:retries:_:)``, behind those of the same owner that began before on this loop.
  ///
  /// It is for a transaction that begins with a lock of its owner's row. Without a line, an owner's transactions that wait for
  /// that lock hold all connections that the pool lends, and those of others wait behind them. In the line they wait without a
  /// connection, so that an owner has one of each loop at most. The line replaces no lock: other loops and processes have
  /// lines of their own. The wait ends with the caller's task, which has a limit. `body` must not begin another one.
  package func transaction<Result>(
    inLineOf owner: Int64, _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    let pool = pool
    let ticket = LoopBound(StatementTicket(), to: loop)
    let _: Void = try await loop.answer(onCancel: { ticket.value.cancel() }) {
      pool.value.lines.enter(owner, ticket.value, completion: $0)
    }
    defer { loop.perform { pool.value.lines.leave(owner) } }
    return try await transaction(.readWrite, body)
  }
}

/// The owners that have a transaction, each with those that wait for its end. Confined to its loop.
final class OwnerLines {
  typealias Completion = (Result<Void, DatabaseError>) -> Void

  private struct Waiter {
    let ticket: StatementTicket
    let completion: Completion
  }

  private var lines: [Int64: [Waiter]] = [:]

  /// How many wait behind the owner's transaction; nil where the owner has none.
  func waitingCount(of owner: Int64) -> Int? { lines[owner]?.count }

  /// Calls the completion when the owner has no other transaction: at once, or after ``leave(_:)``.
  func enter(_ owner: Int64, _ ticket: StatementTicket, completion: @escaping Completion) {
    guard !ticket.isCancelled else { return completion(.failure(Self.cancelled)) }
    guard lines[owner] != nil else {
      lines[owner] = []
      return completion(.success(()))
    }
    lines[owner]?.append(Waiter(ticket: ticket, completion: completion))
    ticket.begin { [self] in
      lines[owner]?.removeAll { $0.ticket === ticket }
      completion(.failure(Self.cancelled))
    }
  }

  /// The owner's transaction has ended: the next one begins.
  func leave(_ owner: Int64) {
    guard let next = lines[owner]?.first else {
      lines[owner] = nil
      return
    }
    lines[owner]?.removeFirst()
    next.ticket.end()
    next.completion(.success(()))
  }

  private static var cancelled: DatabaseError { .cancelled(Operation(.other, label: "transaction")) }
}
