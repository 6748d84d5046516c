import Clock
import DataAccess
import Logging
import Runtime
import Schema
import Synchronization

/// The schema's state as it was last read, for as long as the record of migrations does not answer.
///
/// A lock on that table, as a change of it or a restore takes, says nothing about the tables that requests use. So a read
/// that merely waits keeps the last state, and the report and the log say so.
final class SchemaMemory: Sendable {
  private struct Last {
    let fit: SchemaFit
    let nanoseconds: UInt64
    var isOutdated = false
  }

  static let table = SchemaMigrations.definition.name

  private let last = Mutex<Last?>(nil)
  private let logger: Logger

  init(logger: Logger) {
    self.logger = logger
  }

  /// Whether there is a state to keep.
  var isKnown: Bool { last.withLock { $0 != nil } }

  /// Takes a state that was read.
  func note(_ state: SchemaState, at now: UInt64 = MonotonicClock.nanoseconds()) -> HealthReport.Component {
    let fit = SchemaFit(state)
    let wasOutdated = last.withLock { last in
      defer { last = Last(fit: fit, nanoseconds: now) }
      return last?.isOutdated ?? false
    }
    if wasOutdated { logger.notice("schema version read again") }
    return fit.component
  }

  /// The last state of a record that does not answer; nil where none was read.
  func component(at now: UInt64 = MonotonicClock.nanoseconds()) -> HealthReport.Component? {
    let found = last.withLock { last in
      defer { last?.isOutdated = true }
      return last
    }
    guard let found else { return nil }
    if !found.isOutdated {
      logger.warning(
        "schema version not read: its table is locked or slow, and the last known version counts",
        metadata: ["table": "\(Self.table)"])
    }
    let seconds = (now - min(now, found.nanoseconds)) / 1_000_000_000
    let reason = "\(Self.table) is locked or slow; its state of \(seconds) s ago counts"
    return found.fit.component.kept(because: reason)
  }
}

extension HealthReport.Component {
  /// The same verdict on an older finding. An available component is degraded: its state may have changed.
  fileprivate func kept(because reason: String) -> HealthReport.Component {
    let text = detail.map { "\($0); \(reason)" } ?? reason
    switch health {
    case .available: return HealthReport.Component(name, .unavailable(reason: text, isEssential: false))
    case .unavailable(_, let isEssential):
      return HealthReport.Component(name, .unavailable(reason: text, isEssential: isEssential))
    }
  }
}
