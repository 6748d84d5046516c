import Logging
import Schema

/// One log line before it is formatted.
struct LogRecord {
  var time: Timestamp
  var level: Logger.Level
  var service: String
  var message: String
  /// Sorted by key, values as text: what a line shows must not depend on a hash seed.
  var metadata: [(key: String, value: String)]

  init(time: Timestamp, level: Logger.Level, service: String, message: String, metadata: Logger.Metadata) {
    self.time = time
    self.level = level
    self.service = service
    self.message = message
    self.metadata = metadata.map { ($0.key, $0.value.description) }.sorted { $0.key < $1.key }
  }
}
