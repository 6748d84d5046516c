extension Unicode.Scalar {
  /// Whether a terminal or a page obeys the scalar in place of showing it: control characters, the ends of lines,
  /// the marks that turn the direction of a text, and the byte order mark.
  package var isUnprintable: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default:
      (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) || value == 0x200E
        || value == 0x200F
        || value == 0xFEFF
    }
  }
}

extension String {
  /// The text with unprintable scalars as `\u{A}`: always one line.
  ///
  /// A name or a value from a server can contain line ends and terminal escapes, and an account can set some of them.
  package var onOneLine: String {
    guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
    return unicodeScalars.reduce(into: "") { line, scalar in
      if scalar.isUnprintable {
        line += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        line.unicodeScalars.append(scalar)
      }
    }
  }

  /// The text in ASCII, with every other character as its number: names that look alike differ in reports.
  package var inASCII: String {
    guard !utf8.allSatisfy({ $0 < 0x80 }) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isASCII {
        text.unicodeScalars.append(scalar)
      } else {
        text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
  }
}
