/// Reads tokens one after another.
struct SQLCursor {
  private(set) var tokens: ArraySlice<SQLToken>

  init(_ tokens: ArraySlice<SQLToken>) {
    self.tokens = tokens
  }

  init(_ sql: String) {
    tokens = SQLLexer.tokens(of: sql)[...]
  }

  var isAtEnd: Bool { tokens.isEmpty }

  var peek: SQLToken? { tokens.first }

  func peek(_ offset: Int) -> SQLToken? { tokens.dropFirst(offset).first }

  /// Whether the next words are these; takes them if so.
  mutating func take(_ words: String...) -> Bool {
    guard tokens.count >= words.count, zip(tokens, words).allSatisfy({ $0 == .word($1) }) else {
      return false
    }
    tokens = tokens.dropFirst(words.count)
    return true
  }

  mutating func take(symbol: String) -> Bool {
    guard tokens.first == .symbol(symbol) else { return false }
    tokens = tokens.dropFirst()
    return true
  }

  mutating func next() -> SQLToken? { tokens.popFirst() }

  /// Takes a name; text in quotation marks also counts, as SQLite accepts it in a name's place.
  mutating func name() -> String? {
    guard let token = tokens.first else { return nil }
    let name: String
    switch token {
    case .word(let text), .name(let text), .text(let text): name = text
    case .number, .symbol: return nil
    }
    tokens = tokens.dropFirst()
    return name
  }

  /// Takes a name and, in front of it, the name of its schema.
  mutating func qualifiedName() -> (schema: String?, name: String)? {
    guard let first = name() else { return nil }
    guard take(symbol: ".") else { return (nil, first) }
    return name().map { (first, $0) }
  }

  /// Takes the tokens between a parenthesis and its partner; nil where there is none.
  mutating func group() -> ArraySlice<SQLToken>? {
    guard take(symbol: "(") else { return nil }
    var depth = 1
    var index = tokens.startIndex
    while index < tokens.endIndex {
      if tokens[index] == .symbol("(") { depth += 1 }
      if tokens[index] == .symbol(")") { depth -= 1 }
      if depth == 0 {
        let inner = tokens[..<index]
        tokens = tokens[(index + 1)...]
        return inner
      }
      index += 1
    }
    return nil
  }

  /// Takes a list of names in parentheses; nil where another token is among them.
  mutating func names() -> [String]? {
    var copy = self
    guard let group = copy.group() else { return nil }
    var names: [String] = []
    for part in Self.parts(of: group) {
      var cursor = SQLCursor(part)
      guard let name = cursor.name(), cursor.isAtEnd else { return nil }
      names.append(name)
    }
    self = copy
    return names
  }

  /// The parts between the commas that stand in no parenthesis.
  static func parts(of tokens: ArraySlice<SQLToken>) -> [ArraySlice<SQLToken>] {
    var parts: [ArraySlice<SQLToken>] = []
    var depth = 0
    var start = tokens.startIndex
    for index in tokens.indices {
      switch tokens[index] {
      case .symbol("("), .symbol("["): depth += 1
      case .symbol(")"), .symbol("]"): depth -= 1
      case .symbol(",") where depth == 0:
        parts.append(tokens[start..<index])
        start = index + 1
      default: break
      }
    }
    parts.append(tokens[start...])
    return parts.filter { !$0.isEmpty }
  }
}
