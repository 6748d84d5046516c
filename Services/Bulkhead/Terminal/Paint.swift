import Foundation

/// Colours, on terminals only and never against the reader's wish (`NO_COLOR`, https://no-color.org).
struct Paint: Sendable {
  let isOn: Bool

  /// For what is written to a stream: on where that is a terminal.
  init(descriptor: Int32) {
    let environment = ProcessInfo.processInfo.environment
    isOn = isatty(descriptor) == 1 && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
  }

  /// Always or never, for output that is no stream.
  init(isOn: Bool) {
    self.isOn = isOn
  }

  /// What a colour says; each is a select graphic rendition of ECMA-48.
  enum Style: String {
    case good = "32"
    case bad = "1;31"
    case caution = "33"
    case strong = "1"
    case faint = "2"
  }

  func callAsFunction(_ style: Style, _ text: String) -> String {
    isOn ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}
