import EventLoop
import Logging
import Synchronization
import TestSupport
import Testing

@testable import DataAccess

/// A connection that is established after the pool has given it up.
@Suite struct LateConnectionTests {
  /// A scripted driver that connects when the test releases it.
  private final class LateDriver: DatabaseDriver {
    let scripted = ScriptedDriver()
    let isReleased = Mutex(false)
    let dialect = Dialect.postgreSQL
    let multiplexesReads = true

    func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
      while !isReleased.withLock({ $0 }) { await loop.sleep(milliseconds: 1) }
      return try await scripted.connect(on: loop)
    }

    func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError) -> AccountInspection {
      try await scripted.inspectAccount(using: runner)
    }
  }

  @Test
  func `a connection that comes after its time is closed, and the database is not reported as restored`()
    async throws
  {
    let driver = LateDriver()
    let log = LogRecorder()
    let loop = try EventLoop.make(name: "late")
    loop.start()
    defer { loop.stop() }
    let configuration = PoolConfiguration(
      size: 1, connectTimeoutMilliseconds: 1, reconnectMinimumMilliseconds: 60_000,
      reconnectMaximumMilliseconds: 60_000)
    let database = Database(driver: driver, loop: loop, configuration: configuration, logger: log.logger)
    let failed = await failure { () async throws(DatabaseError) in try await database.ping() }
    #expect(failed?.kind == .connectionRefused)
    driver.isReleased.withLock { $0 = true }
    while driver.scripted.connections == 0 { await loop.sleep(milliseconds: 1) }
    await loop.sleep(milliseconds: 5)
    await database.close()
    #expect(!log.lines.contains { $0.contains("restored") })
  }
}
