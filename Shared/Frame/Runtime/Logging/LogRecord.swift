import Logging
import Schema

/// One log line before its formatting.
struct LogRecord {
  var time: Timestamp
  var level: Logger.Level
  var service: String
  var message: String
  /// The metadata as text, sorted by key, so that a line does not depend on the hash seed.
  var metadata: [(key: String, value: String)]

  init(time: Timestamp, level: Logger.Level, service: String, message: String, metadata: Logger.Metadata) {
    self.time = time
    self.level = level
    self.service = service
    self.message = message
    self.metadata = metadata.map { ($0.key, $0.value.description) }.sorted { $0.key < $1.key }
  }
}
