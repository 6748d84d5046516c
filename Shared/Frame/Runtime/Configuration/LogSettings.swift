import Logging

/// The format of log lines.
package enum LogFormat: String, Sendable, Hashable, CaseIterable {
  /// Aligned text for people, in colour on a terminal.
  case text
  /// One JSON object a line, for programs.
  case json
}

/// The level and the format of a log: `LOG_LEVEL` and `LOG_FORMAT`.
package struct LogSettings: Sendable, Hashable {
  /// The lowest level that is logged.
  package var level: Logger.Level
  /// The format: text or JSON.
  package var format: LogFormat
  /// Whether text lines have colour.
  package var inColour: Bool

  /// Creates settings.
  package init(level: Logger.Level = .info, format: LogFormat, inColour: Bool = false) {
    self.level = level
    self.format = format
    self.inColour = inColour
  }

  /// Reads both variables. The default format is text on a terminal, else JSON.
  package init(reading environment: inout EnvironmentReader, isTerminal: Bool) {
    level = environment.choice("LOG_LEVEL", default: .info)
    format = environment.choice("LOG_FORMAT", default: isTerminal ? .text : .json)
    inColour = isTerminal
  }
}
