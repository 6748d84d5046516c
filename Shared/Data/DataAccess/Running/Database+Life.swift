import EventLoop
import Logging
import Schema

extension Database {
  /// Gives `body` a connection of its own, for what is tied to the session: locks, settings, another role.
  ///
  /// The connection is closed afterwards, so that nothing of it reaches the next borrower.
  package func session<Result>(
    _ label: String = "session", _ body: (Session) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    let lease = try await borrow(Operation(.other, label: label))
    do {
      let result = try await body(Session(lease: lease, dialect: dialect))
      await lease.discard()
      return result
    } catch {
      await lease.discard()
      throw error
    }
  }

  /// Asks the engine for nothing, to see that it answers.
  package func ping() async throws(DatabaseError) {
    _ = try await execute(
      Query(sql: "SELECT 1", operation: Operation(.other, label: "ping"), isRead: true))
  }

  /// The version of the newest migration that was applied, or nil when there is none.
  package func schemaVersion() async throws(DatabaseError) -> Int? {
    try await first(SchemaMigrations.select(\.version).orderBy(\.version, .descending)) { version in version }
  }

  /// What the engine says of the account behind this database.
  package func inspectAccount() async throws(DatabaseError) -> AccountInspection {
    try await driver.inspectAccount(using: self)
  }

  /// How the pool stands at this moment.
  package func status() async -> PoolStatus {
    let pool = pool
    return await withUnsafeContinuation { continuation in
      loop.perform { continuation.resume(returning: pool.value.status()) }
    }
  }

  /// Refuses new work, waits for the connections that are lent out (up to the configured deadline), closes all.
  package func close() async {
    let pool = pool
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      loop.perform { pool.value.close { continuation.resume() } }
    }
  }

  /// Tries to connect until it succeeds, `attempts` times at most and `delaySeconds` apart; tells each attempt in one
  /// line of the log.
  package static func waitUntilReachable(
    driver: any DatabaseDriver, loop: EventLoop, attempts: Int, delaySeconds: Int, logger: Logger
  ) async throws(DatabaseError) {
    var attempt = 1
    while true {
      do {
        try await probe(driver, loop)
        return logger.info("database reached", metadata: ["attempt": "\(attempt)"])
      } catch {
        let progress: Logger.Metadata = ["attempt": "\(attempt)", "of": "\(attempts)"]
        logger.warning("database not reached: \(error)", metadata: progress)
        guard attempt < attempts else { throw error }
      }
      attempt += 1
      await loop.sleep(milliseconds: delaySeconds * 1_000)
    }
  }

  private static func probe(_ driver: any DatabaseDriver, _ loop: EventLoop) async throws(DatabaseError) {
    let outcome: Result<Void, DatabaseError> = await withUnsafeContinuation { continuation in
      loop.run {
        do throws(DatabaseError) {
          try await driver.connect(on: loop).value.close()
          continuation.resume(returning: .success(()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    try outcome.get()
  }
}
