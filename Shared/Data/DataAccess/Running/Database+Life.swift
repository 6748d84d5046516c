import EventLoop
import Logging
import Schema

extension Database {
  /// Lends `body` a connection of its own, for what is tied to a session: locks, settings, another role.
  ///
  /// The pool closes the connection afterwards, so that no state of the session reaches the next borrower. Fails without
  /// a statement where connections keep no session (``DatabaseDriver/keepsSessions``).
  package func session<Result>(
    _ label: String = "session", _ body: (Session) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    let operation = Operation(.other, label: label)
    guard driver.keepsSessions else { throw .invalid(Self.sessionless, operation) }
    let lease = try await borrow(operation)
    do {
      let result = try await body(Session(lease: lease, dialect: dialect))
      await lease.discard()
      return result
    } catch {
      await lease.discard()
      throw error
    }
  }

  private static let sessionless =
    "this needs a session of its own, and DB_PREPARED_STATEMENTS=off means a pooler that gives each transaction a session: "
    + "connect to the server itself"

  /// Executes an empty statement, to check that the engine answers.
  package func ping() async throws(DatabaseError) {
    _ = try await execute(
      Query(sql: "SELECT 1", operation: Operation(.other, label: "ping"), isRead: true))
  }

  /// The version of the newest applied migration, or nil.
  package func schemaVersion() async throws(DatabaseError) -> Int? {
    try await first(SchemaMigrations.select(\.version).orderBy(\.version, .descending)) { version in version }
  }

  /// The powers of the account behind this database.
  package func inspectAccount() async throws(DatabaseError) -> AccountInspection {
    try await driver.inspectAccount(using: self)
  }

  /// The pool's current state.
  package func status() async -> PoolStatus {
    let pool = pool
    return await withUnsafeContinuation { continuation in
      loop.perform { continuation.resume(returning: pool.value.status()) }
    }
  }

  /// Refuses new work, waits for lent connections until the configured deadline, and closes every connection.
  package func close() async {
    let pool = pool
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      loop.perform { pool.value.close { continuation.resume() } }
    }
    await driver.waitForClosedConnections()
  }

  /// Attempts to connect up to `attempts` times, `delaySeconds` apart, until one attempt succeeds. Each attempt writes
  /// one log line.
  /// - Parameter acceptsRefusals: Whether a refused login is repeated too, because the account may not exist yet. For an
  ///   operator's command it is an error at once: another attempt has the same password.
  package static func waitUntilReachable(
    driver: any DatabaseDriver, loop: EventLoop, attempts: Int, delaySeconds: Int, logger: Logger,
    acceptsRefusals: Bool = true
  ) async throws(DatabaseError) {
    var attempt = 1
    while true {
      do {
        try await probe(driver, on: loop)
        return logger.info("database reached", metadata: ["attempt": "\(attempt)"])
      } catch {
        if !acceptsRefusals, error.isRefusedLogin { throw error }
        let progress: Logger.Metadata = ["attempt": "\(attempt)", "of": "\(attempts)"]
        logger.warning("database unreachable: \(error.connectionReport)", metadata: progress)
        guard attempt < attempts else { throw error }
      }
      attempt += 1
      await loop.sleep(milliseconds: delaySeconds * 1_000)
    }
  }

  /// Opens one connection, without a pool and without retries, and closes it again. Returns whether the engine requested
  /// the password; nil where the driver cannot say.
  @discardableResult
  package static func probe(
    _ driver: any DatabaseDriver, on loop: EventLoop
  ) async throws(DatabaseError) -> Bool? {
    let outcome: Result<Bool?, DatabaseError> = await withUnsafeContinuation { continuation in
      loop.run {
        do throws(DatabaseError) {
          let connection = try await driver.connect(on: loop).value
          let hasProvenPassword = connection.hasProvenPassword
          connection.close()
          continuation.resume(returning: .success(hasProvenPassword))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try outcome.get()
  }

  /// Whether a connection opens. The answer of ``probe(_:on:)`` may be nil also where one does.
  package static func opens(_ driver: any DatabaseDriver, on loop: EventLoop) async -> Bool {
    do {
      try await probe(driver, on: loop)
      return true
    } catch {
      return false
    }
  }
}
