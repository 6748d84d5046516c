import DataAccess
import DatabaseTestSupport
import TestSupport

/// Consumes a stream, and waits after the first batch.
final class SlowConsumer: Sendable {
  private let session: DriverSession
  private let progress = AsyncBox<Progress>()

  private struct Progress: Sendable {
    var next: (@Sendable () -> Void)?
    var outcome: Result<Int, DatabaseError>?
  }

  init(session: DriverSession) {
    self.session = session
  }

  /// Starts the stream and returns after the first batch, without a demand for more.
  func takeFirstBatch(of query: Query, batchRows: Int) async throws {
    let connection = session.connection, progress = progress
    connection.loop.execute {
      var rows = 0
      connection.value.stream(query, batchRows: batchRows) { batch, next in
        rows += batch.rowCount
        guard rows == batchRows else { return next(.more) }
        let demand = LoopCall(next, on: connection.loop)
        progress.set(Progress(next: { demand.call(.more) }, outcome: nil))
      } completion: { outcome in
        progress.set(Progress(next: nil, outcome: outcome.map { _ in rows }))
      }
    }
    _ = try await progress.value { $0.next != nil || $0.outcome != nil }
  }

  /// Demands the remaining rows and returns the total number of rows.
  func takeTheRest() async throws -> Int {
    try await progress.value { $0.next != nil }.next?()
    let last = try await progress.value { $0.outcome != nil }
    return try last.outcome?.get() ?? 0
  }
}
