import EventLoop
import Schema

extension Database {
  /// Passes all rows of a select to `body`, `batchRows` at a time.
  ///
  /// About one batch is in memory: while `body` works, the connection and the engine wait. The stream has its own
  /// connection until it ends. `body` returns whether the stream continues; an error from it ends the stream too. When
  /// the caller's task is cancelled, the engine cancels the statement, and the stream fails with its error.
  package func stream<Owner, each Value, Item>(
    _ select: Select<Owner, repeat each Value>, batchRows: Int = 500,
    as make: (repeat each Value) throws(DatabaseError) -> Item,
    _ body: ([Item]) async throws(DatabaseError) -> StreamDemand
  ) async throws(DatabaseError) {
    let lease = try await borrow(Operation(.other, table: select.body.table.name, label: "stream"))
    do {
      try await lease.stream(select.body, batchRows: max(1, batchRows)) { batch throws(DatabaseError) in
        try await body(try select.readAll(batch, reporting: unreadableRows, as: make))
      }
      await lease.giveBack()
    } catch {
      await lease.giveBack()
      throw error
    }
  }
}

extension LeaseHandle {
  /// After an error of `body` it stops the stream and waits for its end, so that the connection is free again.
  func stream(
    _ statement: any Statement, batchRows: Int,
    _ body: (any ResultSet) async throws(DatabaseError) -> StreamDemand
  ) async throws(DatabaseError) {
    let ticket = LoopBound(StatementTicket(), to: loop)
    let relay = start(statement, batchRows, ticket)
    var demand = StreamDemand.more
    var failure: DatabaseError?
    while true {
      switch await event(from: relay, demand, ticket) {
      case .ended(let result):
        if let failure { throw failure }
        _ = try result.get()
        return
      case .batch(let rows):
        guard failure == nil else { continue }
        // The rows may be in the client's buffers already, which a cancellation in the engine does not reach.
        if Task.isCancelled {
          (failure, demand) = (.cancelled(statement.operation), .stop)
          continue
        }
        do throws(DatabaseError) {
          demand = try await body(rows)
        } catch {
          (failure, demand) = (error, .stop)
        }
      }
    }
  }

  private func start(
    _ statement: any Statement, _ batchRows: Int, _ ticket: LoopBound<StatementTicket>
  ) -> LoopBound<RowRelay> {
    let relay = LoopBound(RowRelay(), to: loop)
    let lease = lease
    loop.perform {
      lease.value.stream(
        statement, batchRows: batchRows, ticket.value, onBatch: { relay.value.deliver($0, next: $1) },
        completion: { relay.value.end($0) })
    }
    return relay
  }

  private func event(
    from relay: LoopBound<RowRelay>, _ demand: StreamDemand, _ ticket: LoopBound<StatementTicket>
  ) async -> RowRelay.Event {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        relay.loop.perform { relay.value.next(demand) { continuation.resume(returning: $0) } }
      }
    } onCancel: {
      ticket.loop.execute { ticket.value.cancel() }
    }
  }
}

/// Passes the batches of a stream from the connection to a task at the task's pace. Confined to its loop.
///
/// It holds at most one batch: it requests the next one only when the task returns.
final class RowRelay {
  /// One event of a stream.
  enum Event {
    case batch(any ResultSet)
    case ended(Result<any ResultSet, DatabaseError>)
  }

  typealias Next = (StreamDemand) -> Void

  private enum State {
    /// Between two events; the task does not wait yet.
    case quiet
    case awaited((Event) -> Void)
    case holding(Event, Next?)
    /// The task works on a batch; `Next` requests the one after it.
    case taken(Next)
    case ended
  }

  private var state = State.quiet

  /// Passes the demand to the connection, and calls `receive` with the next event.
  func next(_ demand: StreamDemand, receive: @escaping (Event) -> Void) {
    switch state {
    case .quiet:
      state = .awaited(receive)
    case .taken(let next):
      state = .awaited(receive)
      next(demand)
    case .holding(let event, let next):
      state = next.map(State.taken) ?? .ended
      receive(event)
    case .awaited, .ended:
      receive(.ended(.failure(DatabaseError(.invalidStatement, detail: "the stream has ended"))))
    }
  }

  func deliver(_ batch: any ResultSet, next: @escaping Next) {
    deliver(.batch(batch), next)
  }

  func end(_ result: Result<any ResultSet, DatabaseError>) {
    deliver(.ended(result), nil)
  }

  private func deliver(_ event: Event, _ next: Next?) {
    switch state {
    case .awaited(let receive):
      state = next.map(State.taken) ?? .ended
      receive(event)
    case .quiet, .holding, .taken:
      state = .holding(event, next)
    case .ended:
      break
    }
  }
}

extension RowRelay.Event: Sendable {}
