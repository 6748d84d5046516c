import Encoding
import Logging

extension LogRecord {
  /// Appends `2026-11-22T13:00:00Z info  backend-api: message key=value` and a newline.
  ///
  /// Control characters become escapes. A request must not be able to add lines to the log or to control the terminal
  /// of its reader.
  func appendText(to output: inout [UInt8], inColour: Bool) {
    appendVisible(time.rfc3339, to: &output)
    output.append(UInt8(ascii: " "))
    if inColour { output.append(contentsOf: level.colour.utf8) }
    output.append(contentsOf: level.rawValue.utf8)
    if inColour { output.append(contentsOf: "\u{1B}[0m".utf8) }
    let padding = max(0, Self.levelWidth - level.rawValue.utf8.count) + 1
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    appendVisible(service, to: &output)
    output.append(contentsOf: ": ".utf8)
    appendVisible(message, to: &output)
    for entry in metadata { append(entry, to: &output) }
    output.append(UInt8(ascii: "\n"))
  }

  private static let levelWidth = 7

  private func append(_ entry: (key: String, value: String), to output: inout [UInt8]) {
    output.append(UInt8(ascii: " "))
    appendVisible(entry.key, to: &output)
    output.append(UInt8(ascii: "="))
    if entry.value.contains(" ") || entry.value.isEmpty {
      appendJSONString(entry.value, to: &output)
    } else {
      appendVisible(entry.value, to: &output)
    }
  }
}

/// Appends the text with control characters as escapes.
func appendVisible(_ text: String, to output: inout [UInt8]) {
  output.append(upTo: ByteWriter.maximumBytes(ofVisible: text)) { $0.append(visible: text) }
}

extension ByteWriter {
  /// The most bytes of a visible text: an escape has four.
  static func maximumBytes(ofVisible text: String) -> Int { 4 * text.utf8.count }

  /// Appends the text with control characters as escapes: at most ``maximumBytes(ofVisible:)``.
  mutating func append(visible text: String) {
    for byte in text.utf8 {
      if byte < 0x20 || byte == 0x7F {
        append(#"\x"#)
        append(Hex.digit(byte >> 4))
        append(Hex.digit(byte & 0x0F))
      } else {
        append(byte)
      }
    }
  }
}

extension Logger.Level {
  /// The escape sequence that starts the level's colour (ECMA-48 SGR).
  fileprivate var colour: String {
    switch self {
    case .trace, .debug: "\u{1B}[2m"
    case .info: "\u{1B}[32m"
    case .notice: "\u{1B}[36m"
    case .warning: "\u{1B}[33m"
    case .error, .critical: "\u{1B}[31m"
    }
  }
}
