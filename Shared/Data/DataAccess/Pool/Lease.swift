/// A connection that one borrower has to itself. Confined to its loop.
///
/// Statements are passed on one after the other, in the order they came; after the end they are refused.
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
  private let connection: any DatabaseConnection
  private let watch: StatementTimeout
  private let pool: Pool
  private var state = State.idle

  init(id: ConnectionID, connection: any DatabaseConnection, watch: StatementTimeout, pool: Pool) {
    self.id = id
    self.connection = connection
    self.watch = watch
    self.pool = pool
  }

  func execute(_ statement: any Statement, completion: @escaping DatabaseConnection.Completion) {
    submit(statement, completion) { [connection] query, ended in
      connection.execute(query, completion: ended)
    }
  }

  func stream(
    _ statement: any Statement, batchRows: Int,
    onBatch: @escaping (any ResultSet, @escaping (StreamDemand) -> Void) -> Void,
    completion: @escaping DatabaseConnection.Completion
  ) {
    let watched = watched(onBatch)
    submit(statement, completion) { [connection] query, ended in
      connection.stream(query, batchRows: batchRows, onBatch: watched, completion: ended)
    }
  }

  /// While the receiver thinks about a batch, the engine is not to blame for the time.
  private func watched(
    _ onBatch: @escaping (any ResultSet, @escaping (StreamDemand) -> Void) -> Void
  ) -> (any ResultSet, @escaping (StreamDemand) -> Void) -> Void {
    { [watch] batch, next in
      watch.end()
      onBatch(batch) { demand in
        watch.begin()
        next(demand)
      }
    }
  }

  /// Returns the connection. One that is still busy cannot be used by anybody else, and is closed instead.
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

  /// Closes the connection, and refuses what still waited for it.
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

  /// Starts `run` when all before it have ended.
  private func submit(
    _ statement: any Statement, _ completion: @escaping DatabaseConnection.Completion,
    run: @escaping (Query, @escaping DatabaseConnection.Completion) -> Void
  ) {
    let operation = statement.operation
    let refuse = { completion(.failure(.invalid("the connection was given back", operation))) }
    switch state {
    case .idle:
      state = .busy(queue: [])
      start(statement, completion, run)
    case .busy(let queue):
      let work = Work(run: { [self] in start(statement, completion, run) }, refuse: refuse)
      state = .busy(queue: queue + [work])
    case .ended:
      refuse()
    }
  }

  private func start(
    _ statement: any Statement, _ completion: @escaping DatabaseConnection.Completion,
    _ run: (Query, @escaping DatabaseConnection.Completion) -> Void
  ) {
    let operation = statement.operation
    pool.describe(id, as: operation)
    let query: Query
    do {
      query = try statement.render(in: connection.dialect)
    } catch {
      return finish { completion(.failure(error)) }
    }
    watch.begin()
    run(query) { [self] result in
      watch.end()
      finish { completion(result.during(operation)) }
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

extension Result where Failure == DatabaseError {
  /// The same, with the operation named in the error unless the driver has named it already.
  func during(_ operation: Operation) -> Self {
    switch self {
    case .success: self
    case .failure(let error): .failure(error.operation.isEmpty ? error.during(operation) : error)
    }
  }
}
