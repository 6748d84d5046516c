/// Splits SQL into tokens, without its comments. Any text gives tokens: the lexer never fails.
struct SQLLexer {
  private let scalars: [Unicode.Scalar]
  private var position = 0

  static func tokens(of sql: String) -> [SQLToken] {
    var lexer = SQLLexer(sql)
    var tokens: [SQLToken] = []
    while let token = lexer.next() { tokens.append(token) }
    return tokens
  }

  private init(_ sql: String) {
    scalars = Array(sql.unicodeScalars)
  }

  private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
    position + offset < scalars.count ? scalars[position + offset] : nil
  }

  private mutating func next() -> SQLToken? {
    skipBlanks()
    guard let scalar = peek() else { return nil }
    switch scalar {
    case "'": return .text(quoted(until: "'"))
    case "\"", "`": return .name(quoted(until: scalar))
    // A bracket begins a name in one engine, and an array's elements in another, where a word precedes it.
    case "[" where isNameInBrackets: return .name(quoted(until: "]"))
    default: break
    }
    if Self.isDigit(scalar) || (scalar == "." && peek(1).map(Self.isDigit) == true) {
      return .number(take { Self.isDigit($0) || Self.isWordPart($0) || $0 == "." })
    }
    if Self.isWordPart(scalar) { return word() }
    if Self.operators.contains(scalar) { return .symbol(operation()) }
    if scalar == ":", peek(1) == ":" {
      position += 2
      return .symbol("::")
    }
    position += 1
    return .symbol(String(Character(scalar)))
  }

  private mutating func word() -> SQLToken {
    let word = take(Self.isWordPart).lowercased()
    guard peek() == "'", ["e", "x", "b", "n"].contains(word) else { return .word(word) }
    let text = quoted(until: "'")
    switch word {
    case "e": return .text(Self.withoutEscapes(text))
    case "n": return .text(text)
    default: return .number("\(word)'\(text)'")
    }
  }

  private mutating func quoted(until quote: Unicode.Scalar) -> String {
    var text = String.UnicodeScalarView()
    position += 1
    while let scalar = peek() {
      position += 1
      if scalar == quote {
        guard peek() == quote, quote != "]" else { break }
        position += 1
      }
      text.append(scalar)
    }
    return String(text)
  }

  private var isNameInBrackets: Bool {
    guard position > 0 else { return true }
    let before = scalars[position - 1]
    return !Self.isWordPart(before) && !["]", ")", "\""].contains(before)
  }

  private mutating func operation() -> String {
    var text = ""
    while let scalar = peek(), Self.operators.contains(scalar), !startsComment {
      // A sign belongs to the number behind it, except in an operator of its own.
      if !text.isEmpty, scalar == "-" || scalar == "+" { break }
      text.unicodeScalars.append(scalar)
      position += 1
    }
    return text
  }

  private mutating func take(_ isPart: (Unicode.Scalar) -> Bool) -> String {
    var text = String.UnicodeScalarView()
    while let scalar = peek(), isPart(scalar) {
      text.append(scalar)
      position += 1
    }
    return String(text)
  }

  private var startsComment: Bool {
    (peek() == "-" && peek(1) == "-") || (peek() == "/" && peek(1) == "*")
  }

  private mutating func skipBlanks() {
    while let scalar = peek() {
      if Self.isBlank(scalar) {
        position += 1
      } else if startsComment {
        skipComment(isLine: scalar == "-")
      } else {
        return
      }
    }
  }

  private mutating func skipComment(isLine: Bool) {
    position += 2
    while let scalar = peek() {
      position += 1
      if isLine ? scalar == "\n" : scalar == "*" && peek() == "/" {
        if !isLine { position += 1 }
        return
      }
    }
  }

  private static let operators = Set("+-*/<>=~!@#%^&|?".unicodeScalars)

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || isDigit(scalar) || scalar == "_"
      || scalar == "$" || (scalar.value >= 0x80 && !isBlank(scalar))
  }

  private static func withoutEscapes(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if !isEscaped, scalar == "\\" {
        isEscaped = true
      } else {
        result.append(scalar)
        isEscaped = false
      }
    }
    return String(result)
  }
}
