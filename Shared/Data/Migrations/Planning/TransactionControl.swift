/// Finds statements that begin or end a transaction in hand-written SQL.
///
/// Such a statement would end the transaction of the step: the statements before it would stay without a record, and
/// those after it would run one by one.
enum TransactionControl {
  private static let words: Set = [
    "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE",
  ]

  /// Whether one of the statements in `sql` begins or ends a transaction.
  ///
  /// The body of a trigger or a function has a BEGIN and an END of its own.
  static func isIn(_ sql: String) -> Bool {
    let statements = firstWords(of: sql)
    let hasBody = statements.first?.first == "CREATE"
    let refused = hasBody ? words.subtracting(["BEGIN", "END"]) : words
    return statements.contains { statement in
      guard let first = statement.first else { return false }
      return refused.contains(first) || (first == "PREPARE" && statement.dropFirst().first == "TRANSACTION")
    }
  }

  /// The first two words of each statement in upper case, without comments and quoted texts.
  private static func firstWords(of sql: String) -> [[String]] {
    var scanner = SQLScanner(sql)
    var statements: [[String]] = [[]]
    while let token = scanner.next() {
      switch token {
      case .separator: statements.append([])
      case .word(let word):
        if statements[statements.count - 1].count < 2 {
          statements[statements.count - 1].append(word.uppercased())
        }
      case .other: break
      }
    }
    return statements.filter { !$0.isEmpty }
  }
}

/// Splits SQL into words and separators, and skips comments and quoted texts.
struct SQLScanner {
  enum Token: Equatable {
    case word(String)
    /// `;`
    case separator
    case other
  }

  private var rest: Substring

  init(_ sql: String) { rest = sql[...] }

  /// The next token; nil at the end.
  mutating func next() -> Token? {
    while let character = rest.first {
      if character.isWhitespace {
        rest.removeFirst()
      } else if rest.hasPrefix("--") {
        rest = rest.drop { !$0.isNewline }
      } else if rest.hasPrefix("/*") {
        skip(to: "*/", behind: 2)
      } else {
        return token(character)
      }
    }
    return nil
  }

  private mutating func token(_ character: Character) -> Token {
    if character.isLetter || character == "_" {
      let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      rest = rest[word.endIndex...]
      return .word(String(word))
    }
    if character == "'" || character == "\"" || character == "`" {
      skip(to: String(character), behind: 1)
      return .other
    }
    if character == "$", let tag = dollarTag() {
      skip(to: tag, behind: tag.count)
      return .other
    }
    rest.removeFirst()
    return character == ";" ? .separator : .other
  }

  /// `$$` or `$name$`, which begins a text that ends with the same mark.
  private func dollarTag() -> String? {
    let name = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard name.first?.isNumber != true, rest[name.endIndex...].first == "$" else { return nil }
    return "$\(name)$"
  }

  /// A text without an end reaches to the end of the SQL.
  private mutating func skip(to end: String, behind count: Int) {
    let body = rest.dropFirst(count)
    rest = body.firstRange(of: end).map { body[$0.upperBound...] } ?? ""
  }
}
