import DataAccess
import DatabaseTestSupport
import Schema
import Synchronization
import TestSupport
import Testing

/// The cancellation of a task ends what it does with a connection of its own, in the engine too, on every engine.
struct CancellationTests {
  /// Longer than any test waits. The pool itself cancels nothing before that.
  private static let pool = PoolConfiguration(
    size: 1, acquireTimeoutMilliseconds: 600_000, statementTimeoutMilliseconds: 600_000)

  @Test(arguments: TestEngine.drivers)
  func `a statement of a session is cancelled in the engine when its task is cancelled`(
    engine: TestEngine
  ) async throws {
    try await Conformance.with(engine, pool: Self.pool) { database in
      let hasBegun = Mutex(false)
      let work = Task { () -> DatabaseError? in
        do throws(DatabaseError) {
          try await database.session { session throws(DatabaseError) in
            hasBegun.withLock { $0 = true }
            _ = try await session.unsafeQuery(unsafeSQL: engine.endless, label: "endless")
          }
          return nil
        } catch {
          return error
        }
      }
      try await eventually("the session has begun") { hasBegun.withLock { $0 } }
      await database.loop.sleep(milliseconds: 200)
      work.cancel()
      #expect(await work.value?.kind == .cancelled)
      // The only connection serves the next statement.
      #expect(try await database.count(Samples.count()) == 0)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a transaction that waits for a connection leaves the queue when its task is cancelled`(
    engine: TestEngine
  ) async throws {
    try await Conformance.with(engine, pool: Self.pool) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        let waiting = Task { () -> DatabaseError? in
          do throws(DatabaseError) {
            _ = try await database.transaction { inner throws(DatabaseError) in
              try await inner.run(Samples.insert(\.label <- "never"))
            }
            return nil
          } catch {
            return error
          }
        }
        while await database.status().waiting == 0 { await database.loop.sleep(milliseconds: 1) }
        waiting.cancel()
        #expect(await waiting.value?.kind == .cancelled)
        #expect(await database.status().waiting == 0)
        try await transaction.run(Samples.insert(\.label <- "kept"))
      }
      #expect(try await database.all(Samples.select(\.label), as: { $0 }) == ["kept"])
    }
  }
}
