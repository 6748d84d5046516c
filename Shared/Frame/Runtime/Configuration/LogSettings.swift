import Logging

/// How log lines look.
package enum LogFormat: String, Sendable, Hashable, CaseIterable {
  /// For people: aligned, in colour on a terminal.
  case text
  /// For machines: one JSON object a line.
  case json
}

/// What is logged, and how: `LOG_LEVEL` and `LOG_FORMAT`.
package struct LogSettings: Sendable, Hashable {
  /// Lines below this level are not written.
  package var level: Logger.Level
  /// Text or JSON.
  package var format: LogFormat
  /// Whether text lines carry colour.
  package var inColour: Bool

  /// Takes them as they are.
  package init(level: Logger.Level = .info, format: LogFormat, inColour: Bool = false) {
    self.level = level
    self.format = format
    self.inColour = inColour
  }

  /// Reads both variables; the default format is text on a terminal, else JSON.
  package init(reading environment: inout EnvironmentReader, isTerminal: Bool) {
    level = environment.choice("LOG_LEVEL", default: .info)
    format = environment.choice("LOG_FORMAT", default: isTerminal ? .text : .json)
    inColour = isTerminal
  }
}
