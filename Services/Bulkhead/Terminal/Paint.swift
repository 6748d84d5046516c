import Foundation

/// Colours, on terminals only and never against the reader's wish (`NO_COLOR`, https://no-color.org).
struct Paint: Sendable {
  let isOn: Bool

  /// For what is written to a stream: on where that is a terminal.
  init(descriptor: Int32) {
    let environment = ProcessInfo.processInfo.environment
    isOn = isatty(descriptor) == 1 && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
  }

  func green(_ text: String) -> String { colour(32, text) }
  func red(_ text: String) -> String { colour(31, text) }
  func yellow(_ text: String) -> String { colour(33, text) }
  func bold(_ text: String) -> String { colour(1, text) }
  func dim(_ text: String) -> String { colour(2, text) }

  private func colour(_ code: Int, _ text: String) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
