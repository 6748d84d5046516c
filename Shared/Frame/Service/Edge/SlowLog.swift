import Clock
import DataAccess
import EventLoop
import Logging
import Routing
import Runtime

/// Limits a kind of log line: when everything is slow, a line for each statement would make it slower. Confined to its
/// loop.
final class LineBudget {
  /// The most lines in one second.
  static let linesPerSecond = 10

  private var second: UInt64 = 0
  private var written = 0
  private var suppressed = 0

  /// Returns nil when the line must be left out, else how many were left out since the last line.
  func take(at nanoseconds: UInt64) -> Int? {
    let current = nanoseconds / 1_000_000_000
    if current != second { (second, written) = (current, 0) }
    guard written < Self.linesPerSecond else {
      suppressed += 1
      return nil
    }
    written += 1
    defer { suppressed = 0 }
    return suppressed
  }
}

/// Logs each request that takes at least `LOG_SLOW_MS`.
final class SlowRequestLog: RequestObserver {
  private let thresholdNanoseconds: UInt64
  private let logger: Logger
  private let budget: LoopBound<LineBudget>

  init(thresholdMilliseconds: Int, logger: Logger, loop: EventLoop) {
    thresholdNanoseconds = UInt64(thresholdMilliseconds) * 1_000_000
    self.logger = logger
    budget = LoopBound(LineBudget(), to: loop)
  }

  func completed(_ exchange: borrowing Exchange) {
    guard exchange.durationNanoseconds >= thresholdNanoseconds else { return }
    guard let suppressed = budget.value.take(at: MonotonicClock.coarseNanoseconds()) else { return }
    logger.warning(
      "slow request",
      metadata: .slow(
        [
          "method": "\(exchange.method.rawValue)", "route": "\(exchange.route.template)",
          "status": "\(exchange.status)", "duration_ms": "\(exchange.durationNanoseconds / 1_000_000)",
          "request_id": "\(exchange.requestID)",
        ], suppressed))
  }
}

/// Logs each statement that takes at least `LOG_SLOW_MS` in the queue and the engine together: its text with
/// placeholders, never a value. With `LOG_SLOW_PLAN` it logs the engine's plan too.
///
/// A statement that failed before it was sent has no line: the pool logs why it has no connection.
final class SlowStatementLog: StatementObserver {
  /// How long the plan of one statement is not requested again.
  static let planPauseNanoseconds: UInt64 = 60_000_000_000
  /// The most statements whose last plan is remembered; a further one first drops all of them.
  static let planMemory = 64

  private let thresholdNanoseconds: UInt64
  private let explains: Bool
  private let account: String
  private let database: Database
  private let logger: Logger
  private let state: LoopBound<State>

  init(settings: LogSettings, account: String, database: Database, logger: Logger) {
    thresholdNanoseconds = UInt64(settings.slowMilliseconds) * 1_000_000
    explains = settings.explainsSlowStatements
    self.account = account
    self.database = database
    self.logger = logger
    state = LoopBound(State(), to: database.loop)
  }

  func completed(_ record: borrowing StatementRecord) {
    guard record.queueNanoseconds + record.engineNanoseconds >= thresholdNanoseconds else { return }
    if record.statement == nil, record.error != nil { return }
    // A client that has gone says nothing about a statement that waited for it to be sent.
    if record.error?.kind == .cancelled, record.engineNanoseconds < thresholdNanoseconds { return }
    let now = MonotonicClock.coarseNanoseconds()
    guard let suppressed = state.value.lines.take(at: now) else { return }
    var metadata: Logger.Metadata = [
      "operation": "\(record.operation)", "account": "\(account)",
      "queue_ms": "\(record.queueNanoseconds / 1_000_000)",
      "engine_ms": "\(record.engineNanoseconds / 1_000_000)", "rows": "\(record.rows)",
      "code": "\(record.error?.metricCode ?? "ok")",
    ]
    metadata["statement"] = record.statement.map { "\($0.sql)" }
    logger.warning("slow statement", metadata: .slow(metadata, suppressed))
    guard explains, let statement = record.statement, Self.hasPlan(record.operation),
      state.value.mayExplain(statement, at: now)
    else { return }
    switch database.dialect.genericPlan {
    case .prefix(let prefix): explain(statement, parameterCount: record.parameterCount, after: prefix)
    case .none(let reason): report(missingPlan: reason)
    }
  }

  /// Only these statements have a plan, and an explanation that is slow itself must not be explained.
  private static func hasPlan(_ operation: DataAccess.Operation) -> Bool {
    switch operation.verb {
    case .select, .insert, .update, .delete: true
    case .other: false
    }
  }

  private func explain(_ statement: RenderedStatement, parameterCount: Int, after prefix: String) {
    let (database, logger) = (database, logger)
    let operation = "\(statement.operation)"
    database.loop.run {
      do throws(DatabaseError) {
        let plan = try await database.plan(of: statement, parameterCount: parameterCount, after: prefix)
        logger.warning(
          "plan of a slow statement",
          metadata: ["operation": "\(operation)", "plan": "\(plan.joined(separator: "\n"))"])
      } catch {
        logger.warning(
          "the plan of a slow statement could not be read",
          metadata: ["operation": "\(operation)", "error": "\(error)"])
      }
    }
  }

  /// Once in each loop: the reason is the engine's, and the same for every statement.
  private func report(missingPlan reason: String) {
    guard !state.value.hasReportedMissingPlan else { return }
    state.value.hasReportedMissingPlan = true
    logger.warning("LOG_SLOW_PLAN has no effect", metadata: ["reason": "\(reason)"])
  }

  private final class State {
    let lines = LineBudget()
    var hasReportedMissingPlan = false
    private var explained: [RenderedStatement: UInt64] = [:]

    func mayExplain(_ statement: RenderedStatement, at now: UInt64) -> Bool {
      if let last = explained[statement], now < last + SlowStatementLog.planPauseNanoseconds { return false }
      if explained.count >= SlowStatementLog.planMemory { explained = [:] }
      explained[statement] = now
      return true
    }
  }
}

extension Logger.Metadata {
  /// The fields with the number of lines that the budget left out, where there were any.
  fileprivate static func slow(_ fields: Logger.Metadata, _ suppressed: Int) -> Logger.Metadata {
    var fields = fields
    if suppressed > 0 { fields["suppressed"] = "\(suppressed)" }
    return fields
  }
}
