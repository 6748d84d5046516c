import DataAccess
import EventLoop
import Runtime

/// `database_statements_total`, the times in the queue and in the engine, and the rows, by operation.
///
/// Each loop keeps the handles that it has used: counting a statement takes no lock and compares no text.
final class StatementMetrics: StatementObserver {
  private let handles: LoopBound<Handles>

  init(registry: MetricRegistry, loop: EventLoop) {
    handles = LoopBound(Handles(registry: registry), to: loop)
  }

  func completed(_ record: borrowing StatementRecord) {
    handles.value.handle(for: record).count(record)
  }

  /// The instruments of one operation.
  private final class Handle {
    private let registry: MetricRegistry
    private let operation: String
    private let successes: CounterInstrument
    private let rows: CounterInstrument
    private let queueTime: HistogramInstrument
    private let engineTime: HistogramInstrument
    private var failures: [String: CounterInstrument] = [:]

    init(_ operation: String, in registry: MetricRegistry) {
      self.registry = registry
      self.operation = operation
      let labels = [("operation", operation)]
      successes = Self.statements(operation, code: "ok", in: registry)
      rows = registry.counter(
        "database_rows_total", help: "Rows that statements returned or changed.", labels: labels
      ).share()
      queueTime = registry.histogram(
        "database_queue_duration_seconds", help: "Time that statements waited for a connection.",
        labels: labels
      ).share()
      engineTime = registry.histogram(
        "database_statement_duration_seconds", help: "Time from sending a statement to its result.",
        labels: labels
      ).share()
    }

    func count(_ record: borrowing StatementRecord) {
      counter(record.error).increment(by: Int64(1))
      queueTime.observe(Double(record.queueNanoseconds) / 1e9)
      // A request for a connection has no time in the engine.
      guard record.statement != nil else { return }
      engineTime.observe(Double(record.engineNanoseconds) / 1e9)
      if record.rows > 0 { rows.increment(by: Int64(record.rows)) }
    }

    private func counter(_ error: DatabaseError?) -> CounterInstrument {
      guard let code = error?.metricCode else { return successes }
      if let known = failures[code] { return known }
      let counter = Self.statements(operation, code: code, in: registry)
      failures[code] = counter
      return counter
    }

    private static func statements(
      _ operation: String, code: String, in registry: MetricRegistry
    ) -> CounterInstrument {
      registry.counter(
        "database_statements_total", help: "Statements, by the engine's code of their failure.",
        labels: [("operation", operation), ("code", code)]
      ).share()
    }
  }

  private final class Handles {
    /// The most statements with an entry of their own; a further one first drops all entries.
    private static let capacity = 1_024

    private let registry: MetricRegistry
    private var byStatement: [RenderedStatement: Handle] = [:]
    private var byOperation: [String: Handle] = [:]

    init(registry: MetricRegistry) {
      self.registry = registry
    }

    /// A reusable statement is found by its identity. Every other record is found by the operation's name.
    func handle(for record: borrowing StatementRecord) -> Handle {
      guard let statement = record.statement, statement.isReusable else {
        return handle(named: record.operation.description)
      }
      if let known = byStatement[statement] { return known }
      let handle = handle(named: record.operation.description)
      if byStatement.count >= Self.capacity { byStatement = [:] }
      byStatement[statement] = handle
      return handle
    }

    private func handle(named operation: String) -> Handle {
      if let known = byOperation[operation] { return known }
      let handle = Handle(operation, in: registry)
      byOperation[operation] = handle
      return handle
    }
  }
}

extension MetricRegistry {
  /// `database_unreadable_rows_total`: counts a row that a list left out, each time. Such rows are rare, so the counter is
  /// looked up.
  func countUnreadable(_ row: UnreadableRow) {
    counter(
      "database_unreadable_rows_total",
      help: "Rows that a read left out or failed on, because they hold a value that no program represents.",
      labels: [("table", row.table)]
    ).increment()
  }
}
