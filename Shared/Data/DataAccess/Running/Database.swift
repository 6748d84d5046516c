import Clock
import EventLoop
import Logging
import Schema

/// The database under one account, on one loop: the entry point of this module.
///
/// Each loop has its own, with its own connections. Any thread may use it; a caller on the loop itself saves a
/// switch of threads. Each statement stands on its own (autocommit); statements that belong together go into a
/// ``transaction(_:retries:_:)``.
package struct Database: StatementRunner, Closable {
  /// The engine and the account.
  package let driver: any DatabaseDriver
  /// The loop that owns the connections.
  package let loop: EventLoop
  /// Reports each row that a list leaves out.
  package let unreadableRows: UnreadableRows?
  let pool: LoopBound<Pool>
  private let logger: Logger

  /// How often a statement or a transaction that the engine has undone runs again.
  package static let retries = 3
  /// The pauses before it does; the jitter separates transactions that conflicted.
  static let transactionBackoff = Backoff(firstMilliseconds: 10, maximumMilliseconds: 1_000)

  /// Opens no connection yet; the first statements do.
  package init(
    driver: any DatabaseDriver, loop: EventLoop, configuration: PoolConfiguration, logger: Logger
  ) {
    self.init(driver, loop, configuration, logger, watch: .ofProgram)
  }

  private init(
    _ driver: any DatabaseDriver, _ loop: EventLoop, _ configuration: PoolConfiguration, _ logger: Logger,
    watch: StatementWatch?
  ) {
    self.driver = driver
    self.loop = loop
    self.logger = logger
    unreadableRows = UnreadableRows(logger: logger)
    let pool = Pool(driver: driver, loop: loop, configuration: configuration, logger: logger, watch: watch)
    self.pool = LoopBound(pool, to: loop)
  }

  /// Runs `body` over one new connection of the same account, to undo what a command had begun when it failed. Neither the
  /// end of other connections nor a stop of the program reaches it. It has little time, because a program that a signal ends
  /// waits for it.
  package func repair<Result>(
    _ body: (Database) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    let own = Database(driver, loop, .ofRepair, logger, watch: nil)
    return try await own.closing { () throws(DatabaseError) in try await body(own) }
  }

  /// The engine's capabilities.
  package var dialect: Dialect { driver.dialect }

  /// Executes one statement on its own. A read may be sent twice when its connection is lost. A write is sent again only
  /// where the engine has undone it, in favour of another one (``DatabaseError/isRetryable``). When the caller's task is cancelled, a read or a waiting write fails at once, and a write that was sent
  /// fails when the engine has cancelled it.
  package func execute(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet {
    let pool = pool
    if statement.isRead {
      let read = LoopBound(PendingRead(statement), to: loop)
      return try await loop.answer(onCancel: { pool.value.cancel(read.value) }) {
        pool.value.execute(read.value, completion: $0)
      }
    }
    var backoff = Self.transactionBackoff
    while true {
      let ticket = LoopBound(StatementTicket(), to: loop)
      do throws(DatabaseError) {
        return try await loop.answer(onCancel: { ticket.value.cancel() }) {
          pool.value.execute(statement, ticket.value, completion: $0)
        }
      } catch {
        guard error.isRetryable, backoff.failureCount < Self.retries else { throw error }
        await loop.sleep(milliseconds: backoff.nextPauseMilliseconds())
      }
    }
  }

  /// As ``transaction(_:retries:_:)`` with its defaults.
  package func atomically<Result>(
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    try await transaction(.readWrite, body)
  }

  /// Runs `body` in a transaction on a connection of its own: commits when it returns, rolls back when it throws.
  ///
  /// When the engine aborts the transaction in favour of another one (``DatabaseError/isRetryable``), the whole of
  /// `body` runs again after a pause, up to `retries` times: it must not have effects outside the transaction. After
  /// a failed statement only a rollback is left, on every engine. The cancellation of the caller's task rolls back too,
  /// unless the commit was sent before. Put ``Transaction/savepoint(_:)`` around a statement that may fail.
  package func transaction<Result>(
    _ mode: TransactionMode = .readWrite, retries: Int = Self.retries,
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result {
    var backoff = Self.transactionBackoff
    while true {
      do {
        return try await attemptTransaction(mode, body)
      } catch {
        guard error.error.isRetryable || error.isBeforeBegin, backoff.failureCount < retries else {
          throw error.error
        }
        await loop.sleep(milliseconds: backoff.nextPauseMilliseconds())
      }
    }
  }

  private func attemptTransaction<Result>(
    _ mode: TransactionMode, _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(TransactionFailure) -> Result {
    let lease: LeaseHandle
    do {
      lease = try await borrow(Operation(.other, label: "transaction"))
    } catch {
      throw TransactionFailure(error: error, isBeforeBegin: false)
    }
    do {
      let result = try await lease.transaction(mode, dialect: dialect, body)
      await lease.giveBack()
      return result
    } catch {
      await lease.giveBack()
      throw error
    }
  }

  /// Waits for a connection; the cancellation of the caller's task ends the wait.
  func borrow(_ operation: Operation) async throws(DatabaseError) -> LeaseHandle {
    let pool = pool
    let ticket = LoopBound(StatementTicket(), to: loop)
    let lease: LoopBound<Lease> = try await loop.answer(onCancel: { ticket.value.cancel() }) {
      pool.value.borrow(operation, ticket.value, completion: $0)
    }
    return LeaseHandle(lease: lease)
  }
}
