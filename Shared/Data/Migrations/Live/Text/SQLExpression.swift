/// An expression of a definition, as far as two spellings of the same one have to become equal.
indirect enum SQLExpression: Hashable {
  /// A name, a number, a quoted literal, or a word such as `true`.
  case atom(String)
  case call(String, [SQLExpression])
  case list([SQLExpression])
  /// An operator between its operands; before a single one.
  case operation(String, [SQLExpression])
  /// An operator behind its operand: `is null`, `::bigint`.
  case suffixed(SQLExpression, String)

  /// The canonical text: without needless parentheses, casts and schemas, in lower case.
  ///
  /// Text that the reader does not understand keeps its tokens. Two different spellings of such a text then count as
  /// different.
  static func canonical(_ tokens: ArraySlice<SQLToken>) -> String {
    var reader = SQLExpressionReader(SQLCursor(tokens))
    if let expression = reader.expression(), reader.cursor.isAtEnd { return expression.text }
    return tokens.map(\.sql).joined(separator: " ")
  }

  /// The canonical text of an expression.
  static func canonical(_ sql: String) -> String { canonical(SQLLexer.tokens(of: sql)[...]) }

  var text: String {
    switch self {
    case .atom(let text): text
    case .call(let name, let arguments): "\(name)(\(Self.joined(arguments)))"
    case .list(let items): "(\(Self.joined(items)))"
    case .suffixed(let operand, let suffix):
      suffix.hasPrefix("::") ? "\(operand.operandText)\(suffix)" : "\(operand.operandText) \(suffix)"
    case .operation(let name, let operands):
      operands.count == 1
        ? "\(name) \(operands[0].operandText)"
        : operands.map(\.operandText).joined(separator: " \(name) ")
    }
  }

  private var operandText: String {
    switch self {
    case .atom, .call, .list: text
    case .suffixed, .operation: "(\(text))"
    }
  }

  private static func joined(_ items: [SQLExpression]) -> String {
    items.map(\.text).joined(separator: ", ")
  }
}

extension SQLExpression {
  /// The operation with nested operands of the same operator in one list, where the order of evaluation has no effect.
  static func combined(_ name: String, _ operands: [SQLExpression]) -> SQLExpression {
    guard name == "and" || name == "or" || name == "||" else { return .operation(name, operands) }
    return .operation(
      name,
      operands.flatMap { operand in
        if case .operation(name, let inner) = operand { return inner }
        return [operand]
      })
  }

  /// The membership in a list; a list of one is a comparison.
  static func membership(_ operand: SQLExpression, _ items: [SQLExpression], isNegated: Bool) -> SQLExpression
  {
    if items.count == 1 { return .operation(isNegated ? "<>" : "=", [operand, items[0]]) }
    return .operation(isNegated ? "not in" : "in", [operand, .list(items)])
  }

  /// The operand without a cast that only spells its type: every cast of a literal, and one to text.
  func cast(to type: String) -> SQLExpression {
    switch self {
    case .atom(let text) where text.hasPrefix("'"):
      let content = text.dropFirst().dropLast()
      let isNumber =
        Self.numericTypes.contains(type) && !content.isEmpty
        && content.allSatisfy { "-0123456789.".contains($0) }
      return isNumber ? .atom(String(content)) : self
    case .atom(let text) where text.first?.isNumber == true || text.hasPrefix("-") || text == "null":
      return self
    case .list: return self
    case .atom, .call, .operation, .suffixed:
      return Self.isText(type) ? self : .suffixed(self, "::\(type)")
    }
  }

  private static let numericTypes: Set = [
    "smallint", "integer", "bigint", "numeric", "real", "double precision",
  ]

  private static func isText(_ type: String) -> Bool {
    let name = type.prefix { $0 != "(" && $0 != "[" }
    return ["text", "varchar", "character varying", "char", "character", "bpchar"].contains(name)
  }
}
