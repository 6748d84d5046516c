import Logging
import Schema

/// The back end of swift-log for all programs: one line for each event, in text or JSON.
package struct LineLogHandler: LogHandler {
  /// The lowest level that is logged.
  package var logLevel: Logger.Level
  /// The metadata of every line of this logger.
  package var metadata: Logger.Metadata = [:]
  /// Provides metadata of the current task.
  package var metadataProvider: Logger.MetadataProvider?

  private let service: String
  private let settings: LogSettings
  private let sink: LogSink
  private let now: @Sendable () -> Timestamp

  /// Creates a handler. Programs use ``Logger/program(_:settings:sink:)``.
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

  /// The metadata with this key.
  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Formats the event and passes it to the sink as one piece.
  package func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
    if let given = event.metadata { all.merge(given) { _, new in new } }
    sink.write(line(event.level, event.message.description, all))
  }

  private func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> [UInt8] {
    let record = LogRecord(time: now(), level: level, service: service, message: message, metadata: metadata)
    var line: [UInt8] = []
    line.reserveCapacity(Self.usualLineBytes)
    switch settings.format {
    case .json: record.appendJSON(to: &line)
    case .text: record.appendText(to: &line, inColour: settings.inColour)
    }
    return line
  }

  /// The line that reports lost ones.
  fileprivate func losses(_ count: Int) -> [UInt8] {
    line(
      .warning, "log lines were lost: they were not read in time, or could not be written",
      ["lines": "\(count)"])
  }

  private static let usualLineBytes = 256
}

extension LineLogHandler {
  /// Makes this type the back end of swift-log for the whole process, for code that creates its own loggers. Only a
  /// program calls it, and only once.
  package static func install(service: String, settings: LogSettings, sink: LogSink = .standardError) {
    LoggingSystem.bootstrap { _ in LineLogHandler(service: service, settings: settings, sink: sink) }
  }
}

extension Logger {
  /// Creates the logger of a program, independent of the process-wide ``LoggingSystem``.
  package static func program(_ name: String, settings: LogSettings, sink: LogSink = .standardError) -> Logger
  {
    let handler = LineLogHandler(service: name, settings: settings, sink: sink)
    sink.describeLosses(handler.losses)
    return Logger(label: name) { _ in handler }
  }
}
