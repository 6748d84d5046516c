import Logging
import Synchronization

/// A row with a value that this program cannot represent, such as a time after the year 9999 that another client wrote.
///
/// It names the place and no value.
package struct UnreadableRow: Sendable, Hashable {
  /// The table's name in the schema.
  package let table: String
  /// The row's identity; nil when the statement does not select it.
  package let id: Int64?
  /// The column of the value, as far as it is known.
  package let column: String?

  /// The place of an unreadable value.
  package init(table: String, id: Int64? = nil, column: String? = nil) {
    self.table = table
    self.id = id
    self.column = column
  }
}

extension UnreadableRow: CustomStringConvertible {
  /// `the row 7 of users cannot be read (column confirmed_at)`.
  package var description: String {
    let row = id.map { "the row \($0)" } ?? "a row"
    return "\(row) of \(table) cannot be read" + (column.map { " (column \($0))" } ?? "")
  }
}

/// Reports the unreadable rows that lists leave out.
///
/// Shared by the statements of one ``Database``. Each row is logged once, so that a list that is read all day does not
/// fill the log; after ``capacity`` rows it starts again.
package final class UnreadableRows: Sendable {
  /// The most rows that are remembered.
  static let capacity = 1_000

  private struct State {
    var known: Set<UnreadableRow> = []
    var observers: [@Sendable (UnreadableRow) -> Void] = []
  }

  private let logger: Logger
  private let state = Mutex(State())

  init(logger: Logger) {
    self.logger = logger
  }

  /// The rows that were reported.
  package var reported: Set<UnreadableRow> { state.withLock { $0.known } }

  /// Calls `observer` each time that a list leaves a row out, also for a row that was logged before.
  package func observe(with observer: @escaping @Sendable (UnreadableRow) -> Void) {
    state.withLock { $0.observers.append(observer) }
  }

  /// Reports the row to the observers, and logs it unless it was logged before.
  func report(_ row: UnreadableRow) {
    let (isNew, observers) = state.withLock { state in
      if state.known.count >= Self.capacity { state.known = [] }
      return (state.known.insert(row).inserted, state.observers)
    }
    for observer in observers { observer(row) }
    guard isNew else { return }
    var metadata: Logger.Metadata = ["table": "\(row.table)"]
    metadata["id"] = row.id.map { "\($0)" }
    metadata["column"] = row.column.map { "\($0)" }
    logger.error("unreadable row left out of a list", metadata: metadata)
  }
}
