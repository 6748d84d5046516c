import Logging
import Synchronization

/// Records the lines of a logger.
package final class LogRecorder: Sendable {
  /// One line.
  package struct Line: Sendable {
    /// The line's level.
    package let level: Logger.Level
    /// The text without the fields.
    package let message: String
    /// The fields.
    package let metadata: Logger.Metadata
  }

  private let recorded = Mutex<[Line]>([])
  private let level: Logger.Level

  /// A recorder without lines, for lines of this level and above.
  package init(level: Logger.Level = .trace) {
    self.level = level
  }

  /// The lines, in order.
  package var all: [Line] { recorded.withLock { $0 } }

  /// The messages, in order.
  package var lines: [String] { all.map(\.message) }

  /// The values of the field with that name, in order of the lines that have it.
  package func values(of field: String) -> [String] {
    all.compactMap { $0.metadata[field].map { "\($0)" } }
  }

  /// The logger whose lines are recorded.
  package var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self, logLevel: self.level) } }

  private struct Handler: LogHandler {
    let recorder: LogRecorder
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let line = Line(level: event.level, message: "\(event.message)", metadata: event.metadata ?? [:])
      recorder.recorded.withLock { $0.append(line) }
    }
  }
}
