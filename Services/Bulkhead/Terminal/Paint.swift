import Encoding
import Foundation

/// Colours for terminals. `NO_COLOR` (https://no-color.org) and `TERM=dumb` switch them off.
struct Paint: Sendable {
  let isOn: Bool

  /// Colours for a stream: on where the stream is a terminal.
  init(descriptor: Int32) {
    let environment = ProcessInfo.processInfo.environment
    isOn = isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// Colours that are always on, or always off.
  init(isOn: Bool) {
    self.isOn = isOn
  }

  /// The meaning of a colour; each raw value is a select graphic rendition of ECMA-48.
  enum Style: String, CaseIterable {
    case good = "32"
    case bad = "1;31"
    case caution = "33"
    case strong = "1"
    case faint = "2"
  }

  func callAsFunction(_ style: Style, _ text: String) -> String {
    isOn ? "\(Self.sequence(style.rawValue))\(text)\(Self.end)" : text
  }

  private static func sequence(_ code: String) -> String { "\u{1B}[\(code)m" }
  private static let end = sequence("0")

  /// The line with its unprintable characters escaped, except for these colours where they are on.
  func onOneLine(_ line: String) -> String {
    let escaped = line.onOneLine
    guard isOn, escaped != line else { return escaped }
    let own = Style.allCases.map { Self.sequence($0.rawValue) } + [Self.end]
    return own.reduce(escaped) { $0.replacing($1.onOneLine, with: $1) }
  }
}
