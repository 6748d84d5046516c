import Schema

/// The content of a predicate, without the type of its table.
indirect enum Condition: Sendable {
  enum Comparison: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

    var sql: StaticString {
      switch self {
      case .equal: " = "
      case .notEqual: " <> "
      case .less: " < "
      case .lessOrEqual: " <= "
      case .greater: " > "
      case .greaterOrEqual: " >= "
      }
    }
  }

  case comparison(ColumnName, Comparison, DatabaseValue)
  case isNull(ColumnName)
  case membership(ColumnName, [DatabaseValue])
  case selection(ColumnName, SelectBody)
  case and(Condition, Condition)
  case or(Condition, Condition)
  case not(Condition)

  /// Both conditions, or this one when there is no other.
  func and(_ other: Condition?) -> Condition {
    other.map { .and(self, $0) } ?? self
  }

  func write<Writer: StatementWriter>(to writer: inout Writer) {
    switch self {
    case .comparison(let column, let comparison, let value):
      Self.write(column, comparison, value, to: &writer)
    case .isNull(let column):
      writer.column(column)
      writer.put(" IS NULL")
    case .membership(let column, let values):
      Self.write(column, among: values, to: &writer)
    case .selection(let column, let body):
      writer.column(column)
      writer.put(" IN (")
      writer.inner(body)
      writer.put(")")
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

  /// `= NULL` is never true in SQL; the predicate means IS NULL.
  private static func write<Writer: StatementWriter>(
    _ column: ColumnName, _ comparison: Comparison, _ value: DatabaseValue, to writer: inout Writer
  ) {
    writer.column(column)
    switch (comparison, value) {
    case (.equal, .null): writer.put(" IS NULL")
    case (.notEqual, .null): writer.put(" IS NOT NULL")
    default:
      writer.put(comparison.sql)
      writer.bind(value)
    }
  }

  private static func write<Writer: StatementWriter>(
    _ column: ColumnName, among values: [DatabaseValue], to writer: inout Writer
  ) {
    guard !values.isEmpty else { return writer.put("1 = 0") }
    writer.column(column)
    writer.put(" IN (")
    writer.list(values) { $0.bind($1) }
    writer.put(")")
  }

  private static func write<Writer: StatementWriter>(
    _ left: Condition, _ connective: StaticString, _ right: Condition, to writer: inout Writer
  ) {
    writer.put("(")
    left.write(to: &writer)
    writer.put(connective)
    right.write(to: &writer)
    writer.put(")")
  }
}
