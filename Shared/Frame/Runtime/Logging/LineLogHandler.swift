import Logging
import Schema

/// The back end of swift-log for every program here: one line for each event, in text or JSON.
package struct LineLogHandler: LogHandler {
  /// Lines below it are not written.
  package var logLevel: Logger.Level
  /// What every line of this logger carries.
  package var metadata: Logger.Metadata = [:]
  /// Adds what the task at hand knows.
  package var metadataProvider: Logger.MetadataProvider?

  private let service: String
  private let settings: LogSettings
  private let sink: LogSink
  private let now: @Sendable () -> Timestamp

  /// A handler of its own; ``Logger/program(_:settings:)`` is the usual door.
  package init(
    service: String, settings: LogSettings, sink: LogSink,
    now: @escaping @Sendable () -> Timestamp = { .now() }
  ) {
    self.service = service
    self.settings = settings
    self.sink = sink
    self.now = now
    logLevel = settings.level
  }

  /// A piece of metadata by its key.
  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Formats the event and hands it to the sink in one piece.
  package func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
    if let given = event.metadata { all.merge(given) { _, new in new } }
    let record = LogRecord(
      time: now(), level: event.level, service: service, message: event.message.description, metadata: all)
    var line: [UInt8] = []
    line.reserveCapacity(Self.usualLineBytes)
    switch settings.format {
    case .json: record.appendJSON(to: &line)
    case .text: record.appendText(to: &line, inColour: settings.inColour)
    }
    sink.write(line)
  }

  private static let usualLineBytes = 256
}

extension LineLogHandler {
  /// Makes this the back end of swift-log for the whole process, for code that makes loggers of its own. Once, and
  /// only in a program.
  package static func install(service: String, settings: LogSettings, sink: LogSink = .standardError) {
    LoggingSystem.bootstrap { _ in LineLogHandler(service: service, settings: settings, sink: sink) }
  }
}

extension Logger {
  /// The logger of a program, without touching the process-wide ``LoggingSystem``.
  package static func program(_ name: String, settings: LogSettings, sink: LogSink = .standardError) -> Logger
  {
    Logger(label: name) { _ in LineLogHandler(service: name, settings: settings, sink: sink) }
  }
}
