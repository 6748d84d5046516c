import EventLoop

/// Transactions that never hold up the services behind them.
extension Database {
  /// Runs `body` in a transaction whose waits for locks are short, and again after a pause while other sessions hold
  /// what it needs. Between two attempts everything is free for the sessions that queued behind it.
  ///
  /// The limit is set before any other statement, because reading the catalog may wait for a table too. `body` must not
  /// have effects outside the transaction.
  /// - Parameters:
  ///   - tables: How many tables `body` locks one after the other.
  ///   - mode: What the transaction may do.
  /// - Throws: ``DatabaseError/Kind/lockTimeout`` when the time is over; its detail names the sessions that hold locks.
  package func withShortLocks<Result>(
    _ limits: LockLimits = LockLimits(), tables: Int = 1, mode: TransactionMode = .readWrite,
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    var attempts = LockAttempts(limits)
    while true {
      do throws(DatabaseError) {
        return try await transaction(mode) { (transaction) throws(DatabaseError) in
          if let waits = transaction.dialect.definitions.lockWaits {
            _ = try await transaction.unsafeQuery(
              unsafeSQL: waits.limit(limits.milliseconds(forEachOf: tables)), label: "limit waits")
          }
          return try await body(transaction)
        }
      } catch {
        guard error.isLockConflict else { throw error }
        let holders = await attempts.holders(seenBy: self)
        guard let pause = attempts.nextPauseMilliseconds() else {
          throw DatabaseError(
            .lockTimeout, nativeCode: error.nativeCode, operation: error.operation,
            detail: "\(holders): end that session, or run again later")
        }
        await loop.sleep(milliseconds: pause)
      }
    }
  }
}

extension LockAttempts {
  /// What holds locks on these tables, or on any, the strongest lock first, as a text for operators. A holder can end between
  /// an attempt and this look at it, but hardly between two attempts in a row.
  package mutating func holders(of tables: [String] = [], seenBy runner: any StatementRunner) async -> String
  {
    guard let waits = runner.dialect.definitions.lockWaits else { return "another session writes" }
    var texts: [String] = []
    for table in tables.isEmpty ? [nil] : tables.map(Optional.some) {
      do throws(DatabaseError) {
        texts += try await Self.holders(of: table, waits, runner)
      } catch {
        texts.append("this account cannot see what holds \(table.map { "table \($0)" } ?? "the tables")")
      }
    }
    unexplained = texts.isEmpty ? unexplained + 1 : 0
    switch unexplained {
    case 0: return texts.joined(separator: "; ")
    case 1: return "the tables were held by sessions that have ended since"
    default:
      return "no session is seen that holds the tables: look for a prepared transaction (\(waits.prepared))"
    }
  }

  private static func holders(
    of table: String?, _ waits: LockWaits, _ runner: any StatementRunner
  ) async throws(DatabaseError) -> [String] {
    let query = Query(
      sql: waits.holders, bindings: [table.map(DatabaseValue.text) ?? .null],
      operation: Operation(.other, label: "look for holders"), isRead: true, isReusable: false)
    let rows = try await runner.execute(query)
    var texts: [String] = []
    for row in 0..<rows.rowCount {
      let held = rows.isNull(row, 0) ? "a table" : "table \(try rows.text(row, 0))"
      texts.append("\(held) is held by \(try rows.text(row, 1))")
    }
    return texts
  }
}
