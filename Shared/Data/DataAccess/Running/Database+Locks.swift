import EventLoop

/// Transactions that never hold up the services behind them.
extension Database {
  /// Runs `body` in a transaction whose waits for locks are short, and again after a pause while other sessions hold
  /// what it needs. Between two attempts everything is free for the sessions that queued behind it.
  ///
  /// The limit is set before any other statement, because reading the catalog may wait for a table too. `body` must not
  /// have effects outside the transaction.
  /// - Parameter tables: How many tables `body` locks one after the other.
  /// - Throws: ``DatabaseError/Kind/lockTimeout`` when the time is over; its detail names the sessions that hold locks.
  package func withShortLocks<Result>(
    _ limits: LockLimits = LockLimits(), tables: Int = 1,
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    var attempts = LockAttempts(limits)
    while true {
      do throws(DatabaseError) {
        return try await transaction { (transaction) throws(DatabaseError) in
          if let waits = transaction.dialect.definitions.lockWaits {
            _ = try await transaction.unsafeQuery(
              unsafeSQL: waits.limit(limits.milliseconds(forEachOf: tables)), label: "limit waits")
          }
          return try await body(transaction)
        }
      } catch {
        guard error.isLockConflict else { throw error }
        let holders = await lockHolders()
        guard let pause = attempts.nextPauseMilliseconds() else {
          throw DatabaseError(
            .lockTimeout, nativeCode: error.nativeCode, operation: error.operation,
            detail: "\(holders); nothing was changed: end that session, or run again later")
        }
        await loop.sleep(milliseconds: pause)
      }
    }
  }
}

extension StatementRunner {
  /// The sessions that hold locks on tables, the strongest lock first, as a text for operators.
  package func lockHolders() async -> String {
    guard let waits = dialect.definitions.lockWaits else { return "another session writes" }
    let query = Query(
      sql: waits.strongestHolders, operation: Operation(.other, label: "look for holders"), isRead: true,
      isReusable: false)
    let rows = try? await execute(query)
    let texts = rows.map { rows in (0..<rows.rowCount).compactMap { try? rows.text($0, 0) } } ?? []
    return texts.isEmpty
      ? "the tables were held by sessions that have ended since" : texts.joined(separator: "; ")
  }
}
