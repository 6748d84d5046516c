extension String {
  /// The text on one line, with characters that a terminal or a reader of lines would obey written as escapes.
  ///
  /// Names come from databases, and an account that may create a table chooses its name. A name with a line break would
  /// otherwise write lines of its own into a report, a script or a manifest.
  package var onOneLine: String {
    guard unicodeScalars.contains(where: \.isControlling) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      text += scalar.isControlling ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return text
  }
}

extension Unicode.Scalar {
  /// Whether it ends a line, moves a cursor, or changes the direction of text.
  package var isControlling: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0xFEFF: true
    default: false
    }
  }
}
