import Logging

/// The format of log lines.
package enum LogFormat: String, Sendable, Hashable, CaseIterable {
  /// Aligned text for people, in colour on a terminal.
  case text
  /// One JSON object a line, for programs.
  case json
}

/// The settings of a log: `LOG_LEVEL`, `LOG_FORMAT`, `LOG_SLOW_MS` and `LOG_SLOW_PLAN`.
package struct LogSettings: Sendable, Hashable {
  /// The lowest level that is logged.
  package var level: Logger.Level
  /// The format: text or JSON.
  package var format: LogFormat
  /// Whether text lines have colour.
  package var inColour: Bool
  /// Statements and requests that take at least this long have a line of their own.
  package var slowMilliseconds: Int
  /// Whether the engine's plan of a slow statement is logged too.
  package var explainsSlowStatements: Bool

  /// The default of `LOG_SLOW_MS`.
  package static let defaultSlowMilliseconds = 500

  /// Creates settings.
  package init(
    level: Logger.Level = .info, format: LogFormat, inColour: Bool = false,
    slowMilliseconds: Int = LogSettings.defaultSlowMilliseconds, explainsSlowStatements: Bool = false
  ) {
    self.level = level
    self.format = format
    self.inColour = inColour
    self.slowMilliseconds = slowMilliseconds
    self.explainsSlowStatements = explainsSlowStatements
  }

  /// Reads the variables. The default format is text on a terminal, else JSON.
  package init(reading environment: inout EnvironmentReader, isTerminal: Bool) {
    level = environment.choice("LOG_LEVEL", default: .info)
    format = environment.choice("LOG_FORMAT", default: isTerminal ? .text : .json)
    inColour = isTerminal
    slowMilliseconds = environment.integer(
      "LOG_SLOW_MS", default: Self.defaultSlowMilliseconds, in: 0...3_600_000)
    explainsSlowStatements = environment.boolean("LOG_SLOW_PLAN", default: false)
  }
}
