/// What a predicate says, without the type of its table.
indirect enum Condition: Sendable {
  enum Comparison: String, Sendable {
    case equal = " = "
    case notEqual = " <> "
    case less = " < "
    case lessOrEqual = " <= "
    case greater = " > "
    case greaterOrEqual = " >= "
  }

  case comparison(String, Comparison, DatabaseValue)
  case isNull(String)
  case membership(String, [DatabaseValue])
  case prefix(String, String)
  case and(Condition, Condition)
  case or(Condition, Condition)
  case not(Condition)

  /// Both, or this alone where there is no other.
  func and(_ other: Condition?) -> Condition {
    other.map { .and(self, $0) } ?? self
  }

  func write(to writer: inout SQLWriter) {
    switch self {
    case .comparison(let column, let comparison, let value):
      Self.write(column, comparison, value, to: &writer)
    case .isNull(let column):
      writer.identifier(column)
      writer.put(" IS NULL")
    case .membership(let column, let values):
      Self.write(column, among: values, to: &writer)
    case .prefix(let column, let prefix):
      writer.identifier(column)
      writer.put(" LIKE ")
      writer.bind(.text(Self.escaped(prefix) + "%"))
      writer.put(" ESCAPE '!'")
    case .and(let left, let right):
      Self.write(left, " AND ", right, to: &writer)
    case .or(let left, let right):
      Self.write(left, " OR ", right, to: &writer)
    case .not(let condition):
      writer.put("NOT (")
      condition.write(to: &writer)
      writer.put(")")
    }
  }

  /// Comparing with NULL by `=` is never true; what is meant is whether the column is NULL.
  private static func write(
    _ column: String, _ comparison: Comparison, _ value: DatabaseValue, to writer: inout SQLWriter
  ) {
    writer.identifier(column)
    switch (comparison, value) {
    case (.equal, .null): writer.put(" IS NULL")
    case (.notEqual, .null): writer.put(" IS NOT NULL")
    default:
      writer.put(comparison.rawValue)
      writer.bind(value)
    }
  }

  private static func write(_ column: String, among values: [DatabaseValue], to writer: inout SQLWriter) {
    guard !values.isEmpty else { return writer.put("1 = 0") }
    writer.identifier(column)
    writer.put(" IN (")
    writer.list(values) { $0.bind($1) }
    writer.put(")")
  }

  private static func write(
    _ left: Condition, _ connective: String, _ right: Condition, to writer: inout SQLWriter
  ) {
    writer.put("(")
    left.write(to: &writer)
    writer.put(connective)
    right.write(to: &writer)
    writer.put(")")
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      if "!%_".contains(character) { escaped.append("!") }
      escaped.append(character)
    }
    return escaped
  }
}
