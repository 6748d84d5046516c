/// One token of a definition that an engine stores, or that ``DefinitionWriter`` writes.
enum SQLToken: Hashable {
  /// An unquoted word in lower case: a keyword or a name.
  case word(String)
  /// A quoted name, without its quotation marks.
  case name(String)
  /// A literal, without its quotation marks.
  case text(String)
  case number(String)
  case symbol(String)

  /// The word or name, or nil.
  var identifier: String? {
    switch self {
    case .word(let text), .name(let text): text
    case .text, .number, .symbol: nil
    }
  }

  /// The token as SQL, with quotation marks only where they are needed.
  var sql: String {
    switch self {
    case .word(let text), .number(let text), .symbol(let text): text
    case .name(let text): Self.isPlain(text) ? text : "\"\(Self.doubled(text, "\""))\""
    case .text(let text): "'\(Self.doubled(text, "'"))'"
    }
  }

  private static func isPlain(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
      return false
    }
    return name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  private static func doubled(_ text: String, _ quote: Unicode.Scalar) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == quote { result.append(quote) }
      result.append(scalar)
    }
    return String(result)
  }
}
