import Logging
import Synchronization

/// Collects the messages of a logger.
final class LogRecorder: Sendable {
  private let messages = Mutex<[String]>([])

  private let recordedReasons = Mutex<[String]>([])

  /// The lines' `reason` fields, in order.
  var reasons: [String] { recordedReasons.withLock { $0 } }

  var lines: [String] { messages.withLock { $0 } }

  var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

  private struct Handler: LogHandler {
    let recorder: LogRecorder
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      recorder.messages.withLock { $0.append("\(event.message)") }
      if let reason = event.metadata?["reason"] {
        recorder.recordedReasons.withLock { $0.append("\(reason)") }
      }
    }
  }
}

/// A clock that the test sets.
final class ClockBox: Sendable {
  private let milliseconds = Mutex<Int64>(0)
  var now: Int64 { milliseconds.withLock { $0 } }
  func set(_ now: Int64) { milliseconds.withLock { $0 = now } }
}
