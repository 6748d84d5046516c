import EventLoop
import Schema

extension Database {
  /// Hands all rows of a select to `body`, `batchRows` at a time, however many there are.
  ///
  /// About one batch is in memory: while `body` works, the connection waits, and so does the engine. The connection is
  /// the stream's own until the end. `body` answers whether it wants more; an error from it ends the stream too.
  package func stream<Owner, each Value, Item>(
    _ select: Select<Owner, repeat each Value>, batchRows: Int = 500,
    as make: (repeat each Value) throws(DatabaseError) -> Item,
    _ body: ([Item]) async throws(DatabaseError) -> StreamDemand
  ) async throws(DatabaseError) {
    let lease = try await borrow(Operation(.other, table: select.body.table, label: "stream"))
    do {
      try await lease.stream(select.body, batchRows: max(1, batchRows)) { batch throws(DatabaseError) in
        try await body(try select.readAll(batch, as: make))
      }
      await lease.giveBack()
    } catch {
      await lease.giveBack()
      throw error
    }
  }
}

extension LeaseHandle {
  /// After an error of `body` the stream is stopped and waited for, so that the connection is free again.
  func stream(
    _ statement: any Statement, batchRows: Int,
    _ body: (any ResultSet) async throws(DatabaseError) -> StreamDemand
  ) async throws(DatabaseError) {
    let relay = start(statement, batchRows)
    var demand = StreamDemand.more
    var failure: DatabaseError?
    while true {
      switch await event(from: relay, demand) {
      case .ended(let result):
        if let failure { throw failure }
        _ = try result.get()
        return
      case .batch(let rows):
        guard failure == nil else { continue }
        do throws(DatabaseError) {
          demand = try await body(rows)
        } catch {
          (failure, demand) = (error, .stop)
        }
      }
    }
  }

  private func start(_ statement: any Statement, _ batchRows: Int) -> LoopBound<RowRelay> {
    let relay = LoopBound(RowRelay(), to: loop)
    let lease = lease
    loop.perform {
      lease.value.stream(
        statement, batchRows: batchRows, onBatch: { relay.value.deliver($0, next: $1) },
        completion: { relay.value.end($0) })
    }
    return relay
  }

  private func event(from relay: LoopBound<RowRelay>, _ demand: StreamDemand) async -> RowRelay.Event {
    await withUnsafeContinuation { continuation in
      relay.loop.perform { relay.value.next(demand) { continuation.resume(returning: $0) } }
    }
  }
}
