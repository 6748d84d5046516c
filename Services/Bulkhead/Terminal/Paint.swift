import Foundation

/// Colours for terminals. `NO_COLOR` (https://no-color.org) and `TERM=dumb` switch them off.
struct Paint: Sendable {
  let isOn: Bool

  /// Colours for a stream: on where the stream is a terminal.
  init(descriptor: Int32) {
    let environment = ProcessInfo.processInfo.environment
    isOn = isatty(descriptor) == 1 && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
  }

  /// Colours that are always on, or always off.
  init(isOn: Bool) {
    self.isOn = isOn
  }

  /// The meaning of a colour; each raw value is a select graphic rendition of ECMA-48.
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
