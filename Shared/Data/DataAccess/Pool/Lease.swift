/// A connection that is lent to one borrower. Confined to its loop.
///
/// It passes statements on one after the other, in the order of their arrival, and refuses them after its end.
final class Lease {
  private enum State {
    case idle
    case busy(queue: [Work])
    case ended
  }

  private struct Work {
    let run: () -> Void
    let refuse: () -> Void
  }

  let id: ConnectionID
  private let member: Pool.Member
  private let pool: Pool
  private var state = State.idle

  init(id: ConnectionID, member: Pool.Member, pool: Pool) {
    self.id = id
    self.member = member
    self.pool = pool
  }

  func execute(
    _ statement: any Statement, _ ticket: StatementTicket? = nil,
    completion: @escaping DatabaseConnection.Completion
  ) {
    let operation = statement.operation
    enqueue(
      run: { [self] in start(statement, ticket, completion) },
      refuse: { completion(.failure(.invalid("the connection was returned to the pool", operation))) })
  }

  /// Executes statements of one transaction as one piece of work; see ``DatabaseConnection/execute(group:completion:)``.
  /// `refusal` is read when the work begins, because earlier work may have failed meanwhile.
  func execute(
    _ group: StatementGroup, _ ticket: StatementTicket? = nil, unless refusal: @escaping () -> DatabaseError?,
    completion: @escaping (StatementGroup.Outcome) -> Void
  ) {
    let operation = group.last.operation
    enqueue(
      run: { [self] in start(group, ticket, refusal, completion) },
      refuse: { completion(.unsent(.invalid("the connection was returned to the pool", operation))) })
  }

  /// Sends all statements at once, and completes when all have ended. None of them may count as a read: the driver then
  /// gives each an end of its own, so that it fails alone.
  func executeAll(
    _ statements: [any Statement], _ ticket: StatementTicket,
    completion: @escaping ([Result<any ResultSet, DatabaseError>]) -> Void
  ) {
    guard case .idle = state, !ticket.isCancelled, !statements.isEmpty else {
      return completion(
        statements.map { .failure(.invalid("the connection is not free", $0.operation)) })
    }
    state = .busy(queue: [])
    pool.describe(id, as: statements[0].operation)
    member.watch.begin()
    ticket.begin { [pool, id, member] in pool.cancel(id, member) }
    let batch = LeaseBatch(count: statements.count) { [self] results in
      member.watch.end()
      ticket.end()
      member.cancellation.whenDone { [self] in finish { completion(results) } }
    }
    for (index, statement) in statements.enumerated() {
      do {
        let query = try member.query(of: statement)
        let clock = pool.sent(pool.clock())
        member.connection.execute(query) { [pool] answer in
          let result = answer.ended(by: ticket)
          pool.report(query, clock, result, isBorrowed: true)
          batch.take(result.during(query), at: index)
        }
      } catch {
        batch.take(.failure(error), at: index)
      }
    }
  }

  /// Returns the connection to the pool. A connection that is still busy is closed instead.
  func giveBack() {
    switch state {
    case .idle:
      state = .ended
      pool.giveBack(id)
    case .busy:
      discard()
    case .ended:
      break
    }
  }

  /// Closes the connection, and refuses the statements that still wait for it.
  func discard() {
    let previous = state
    state = .ended
    switch previous {
    case .idle:
      pool.discard(id)
    case .busy(let queue):
      pool.discard(id)
      for work in queue { work.refuse() }
    case .ended:
      break
    }
  }

  /// Starts `run` when all earlier statements have ended.
  private func enqueue(run: @escaping () -> Void, refuse: @escaping () -> Void) {
    switch state {
    case .idle:
      state = .busy(queue: [])
      run()
    case .busy(let queue):
      state = .busy(queue: queue + [Work(run: run, refuse: refuse)])
    case .ended:
      refuse()
    }
  }

  private func start(
    _ statement: any Statement, _ ticket: StatementTicket?,
    _ completion: @escaping DatabaseConnection.Completion
  ) {
    let operation = statement.operation
    pool.describe(id, as: operation)
    if ticket?.isCancelled == true { return finish { completion(.failure(.cancelled(operation))) } }
    let query: Query
    do {
      query = try member.query(of: statement)
    } catch {
      return finish { completion(.failure(error)) }
    }
    member.watch.begin()
    let clock = pool.sent(pool.clock())
    ticket?.begin { [pool, id, member] in pool.cancel(id, member) }
    member.connection.execute(query) { [self] answer in
      let result = answer.ended(by: ticket)
      member.watch.end()
      ticket?.end()
      pool.report(query, clock, result, isBorrowed: true)
      member.cancellation.whenDone { [self] in finish { completion(result.during(query)) } }
    }
  }

  private func start(
    _ group: StatementGroup, _ ticket: StatementTicket?, _ refusal: () -> DatabaseError?,
    _ completion: @escaping (StatementGroup.Outcome) -> Void
  ) {
    let operation = group.last.operation
    if let refusal = refusal() { return finish { completion(.unsent(refusal)) } }
    pool.describe(id, as: operation)
    if ticket?.isCancelled == true { return finish { completion(.unsent(.cancelled(operation))) } }
    let queries: [Query]
    do {
      queries = try group.queries(for: member)
    } catch {
      return finish { completion(.unsent(error)) }
    }
    member.watch.begin()
    let clock = pool.sent(pool.clock())
    ticket?.begin { [pool, id, member] in pool.cancel(id, member) }
    member.connection.execute(group: queries) { [self] answers in
      let results = answers.map { $0.ended(by: ticket) }
      member.watch.end()
      ticket?.end()
      for (query, result) in zip(queries, results) { pool.report(query, clock, result, isBorrowed: true) }
      member.cancellation.whenDone { [self] in finish { completion(.sent(queries, results)) } }
    }
  }

  private func finish(_ complete: () -> Void) {
    switch state {
    case .busy(let queue):
      if let next = queue.first {
        state = .busy(queue: Array(queue.dropFirst()))
        complete()
        next.run()
      } else {
        state = .idle
        complete()
      }
    case .idle, .ended:
      complete()
    }
  }
}

/// The results of statements that were sent at once. Confined to its loop.
private final class LeaseBatch {
  private var results: [Result<any ResultSet, DatabaseError>?]
  private var missing: Int
  private let completion: ([Result<any ResultSet, DatabaseError>]) -> Void

  init(count: Int, completion: @escaping ([Result<any ResultSet, DatabaseError>]) -> Void) {
    results = Array(repeating: nil, count: count)
    missing = count
    self.completion = completion
  }

  func take(_ result: Result<any ResultSet, DatabaseError>, at index: Int) {
    results[index] = result
    missing -= 1
    if missing == 0 { completion(results.compactMap(\.self)) }
  }
}

extension Result where Failure == DatabaseError {
  /// The same result of a query that was sent. Its error names the query, unless the driver has named it already.
  func during(_ query: Query) -> Self {
    mapError { error in
      let named = error.during(query)
      return error.operation.isEmpty ? named : named.copy(operation: error.operation)
    }
  }

  /// The same result of a statement that changes nothing. Its error names the operation, unless that has happened already.
  func withoutEffect(of operation: Operation) -> Self {
    mapError { error in
      error.operation.isEmpty ? error.withoutEffect(of: operation) : error.copy(isWithoutEffect: true)
    }
  }
}
