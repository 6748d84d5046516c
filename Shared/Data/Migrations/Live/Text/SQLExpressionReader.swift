/// Reads the expressions of definitions: comparisons, lists, calls and arithmetic. It returns nil for any other, such
/// as CASE or a subquery.
struct SQLExpressionReader {
  private(set) var cursor: SQLCursor

  init(_ cursor: SQLCursor) {
    self.cursor = cursor
  }

  /// Takes one expression and stops behind it.
  mutating func expression() -> SQLExpression? {
    guard var left = conjunction() else { return nil }
    while cursor.take("or") {
      guard let right = conjunction() else { return nil }
      left = .combined("or", [left, right])
    }
    return left
  }

  private mutating func conjunction() -> SQLExpression? {
    guard var left = negation() else { return nil }
    while cursor.take("and") {
      guard let right = negation() else { return nil }
      left = .combined("and", [left, right])
    }
    return left
  }

  private mutating func negation() -> SQLExpression? {
    if cursor.take("not") { return negation().map { .operation("not", [$0]) } }
    return predicate()
  }

  private mutating func predicate() -> SQLExpression? {
    guard var left = sum() else { return nil }
    while let token = cursor.peek {
      if case .symbol(let symbol) = token, Self.comparisons.contains(symbol) {
        _ = cursor.next()
        guard let compared = comparison(left, symbol) else { return nil }
        left = compared
      } else if cursor.take("is") {
        guard let suffix = test() else { return nil }
        left = .suffixed(left, suffix)
      } else if let found = wordOperator(left) {
        guard let compared = found else { return nil }
        left = compared
      } else {
        break
      }
    }
    return left
  }

  /// `x = y`, and `x = ANY (ARRAY[...])`, which is how PostgreSQL stores IN.
  private mutating func comparison(_ left: SQLExpression, _ symbol: String) -> SQLExpression? {
    let name = Self.synonyms[symbol] ?? symbol
    let quantifier = cursor.peek
    if quantifier == .word("any") || quantifier == .word("all"), cursor.peek(1) == .symbol("(") {
      _ = cursor.next()
      guard let operand = primary() else { return nil }
      if case .list(let items) = operand {
        if name == "=", quantifier == .word("any") { return .membership(left, items, isNegated: false) }
        if name == "<>", quantifier == .word("all") { return .membership(left, items, isNegated: true) }
      }
      return .operation(name, [left, .call(quantifier?.identifier ?? "", [operand])])
    }
    return sum().map { .operation(name, [left, $0]) }
  }

  /// What follows IS: `null`, `not null`, `true`.
  private mutating func test() -> String? {
    let not = cursor.take("not") ? "not " : ""
    for word in ["null", "true", "false", "unknown"] where cursor.take(word) { return "is \(not)\(word)" }
    return nil
  }

  /// IN, LIKE and BETWEEN. The outer nil means that none of them follows; the inner one, that it is not understood.
  private mutating func wordOperator(_ left: SQLExpression) -> SQLExpression?? {
    let before = cursor
    let isNegated = cursor.take("not")
    if cursor.take("in") {
      guard let group = cursor.group() else { return .some(nil) }
      let items = SQLCursor.parts(of: group).map { part -> SQLExpression? in
        var reader = SQLExpressionReader(SQLCursor(part))
        return reader.expression().flatMap { reader.cursor.isAtEnd ? $0 : nil }
      }
      let known = items.compactMap { $0 }
      guard known.count == items.count, !known.isEmpty else { return .some(nil) }
      return .some(.membership(left, known, isNegated: isNegated))
    }
    if cursor.take("like") {
      return .some(sum().map { .operation(isNegated ? "not like" : "like", [left, $0]) })
    }
    if cursor.take("between") {
      guard let low = sum(), cursor.take("and"), let high = sum() else { return .some(nil) }
      let inside = SQLExpression.combined(
        "and", [.operation(">=", [left, low]), .operation("<=", [left, high])])
      return .some(isNegated ? .operation("not", [inside]) : inside)
    }
    cursor = before
    return nil
  }

  private mutating func sum() -> SQLExpression? {
    guard var left = postfix() else { return nil }
    while case .symbol(let symbol)? = cursor.peek, Self.arithmetic.contains(symbol) {
      _ = cursor.next()
      guard let right = postfix() else { return nil }
      // Without precedence between these operators, a mixed expression would change its meaning.
      if case .operation(let before, let operands) = left, operands.count > 1, before != symbol { return nil }
      left = .combined(symbol, [left, right])
    }
    return left
  }

  private mutating func postfix() -> SQLExpression? {
    guard var operand = primary() else { return nil }
    while true {
      if cursor.take(symbol: "::") {
        guard let type = SQLTypeName.read(&cursor) else { return nil }
        operand = operand.cast(to: type)
      } else if cursor.take("collate") {
        guard let name = cursor.qualifiedName() else { return nil }
        operand = .suffixed(operand, "collate \(name.name)")
      } else {
        return operand
      }
    }
  }

  private mutating func primary() -> SQLExpression? {
    switch cursor.peek {
    case .symbol("("):
      guard let group = cursor.group() else { return nil }
      var reader = SQLExpressionReader(SQLCursor(group))
      return reader.expression().flatMap { reader.cursor.isAtEnd ? $0 : nil }
    case .symbol("-"), .symbol("+"):
      let sign = cursor.next() == .symbol("-") ? "-" : ""
      guard let operand = primary() else { return nil }
      if case .atom(let text) = operand, text.first?.isNumber == true { return .atom(sign + text) }
      return sign.isEmpty ? operand : .operation("-", [operand])
    case .number, .text:
      return cursor.next().map { .atom($0.sql) }
    case .word("array") where cursor.peek(1) == .symbol("["): return array()
    case .word("case"), .word("select"), .word("exists"), .word("extract"): return nil
    case .word("cast") where cursor.peek(1) == .symbol("("): return writtenCast()
    case .word, .name: return nameOrCall()
    case .symbol, nil: return nil
    }
  }

  private mutating func array() -> SQLExpression? {
    _ = cursor.next()
    _ = cursor.next()
    var items: [SQLExpression] = []
    while !cursor.take(symbol: "]") {
      guard let item = expression() else { return nil }
      items.append(item)
      _ = cursor.take(symbol: ",")
    }
    return .list(items)
  }

  private mutating func writtenCast() -> SQLExpression? {
    _ = cursor.next()
    guard let group = cursor.group() else { return nil }
    var reader = SQLExpressionReader(SQLCursor(group))
    guard let operand = reader.expression(), reader.cursor.take("as"),
      let type = SQLTypeName.read(&reader.cursor), reader.cursor.isAtEnd
    else { return nil }
    return operand.cast(to: type)
  }

  private mutating func nameOrCall() -> SQLExpression? {
    guard var name = cursor.next()?.sql else { return nil }
    while cursor.peek == .symbol("."), let part = cursor.peek(1), part.identifier != nil {
      _ = cursor.next()
      _ = cursor.next()
      name = name == "pg_catalog" ? part.sql : "\(name).\(part.sql)"
    }
    guard cursor.peek == .symbol("(") else { return .atom(name) }
    guard let group = cursor.group() else { return nil }
    if name == "now", group.isEmpty { return .atom("current_timestamp") }
    var arguments: [SQLExpression] = []
    for part in SQLCursor.parts(of: group) {
      var reader = SQLExpressionReader(SQLCursor(part))
      if part.count == 1, part.first == .symbol("*") {
        arguments.append(.atom("*"))
      } else if let argument = reader.expression(), reader.cursor.isAtEnd {
        arguments.append(argument)
      } else {
        return nil
      }
    }
    return .call(name, arguments)
  }

  private static let comparisons: Set = [
    "=", "==", "<>", "!=", "<", "<=", ">", ">=", "~~", "!~~", "~", "!~", "~*", "!~*", "~~*", "!~~*",
  ]
  private static let arithmetic: Set = ["+", "-", "*", "/", "%", "||", "->", "->>", "&", "|"]
  private static let synonyms = ["==": "=", "!=": "<>", "~~": "like", "!~~": "not like"]
}
