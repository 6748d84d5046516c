import Logging

/// How log lines look.
public enum LogFormat: String, Sendable, Hashable, CaseIterable {
  /// For people: aligned, in colour on a terminal.
  case text
  /// For machines: one JSON object a line.
  case json
}

/// What is logged, and how: `LOG_LEVEL` and `LOG_FORMAT`.
public struct LogSettings: Sendable, Hashable {
  /// Lines below this level are not written.
  public var level: Logger.Level
  /// Text or JSON.
  public var format: LogFormat
  /// Whether text lines carry colour.
  public var inColour: Bool

  /// Takes them as they are.
  public init(level: Logger.Level = .info, format: LogFormat, inColour: Bool = false) {
    self.level = level
    self.format = format
    self.inColour = inColour
  }

  /// Reads both variables; the default format is text on a terminal, else JSON.
  public init(reading environment: inout EnvironmentReader, isTerminal: Bool) {
    level = environment.choice("LOG_LEVEL", default: .info)
    format = environment.choice("LOG_FORMAT", default: isTerminal ? .text : .json)
    inColour = isTerminal
  }
}
