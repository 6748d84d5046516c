import Schema

/// A value that an ``Aggregate`` selects: an aggregate function over the rows of a group, or a key of the groups.
package struct Term<Owner: Table, Value: ColumnValue>: Sendable {
  let content: TermContent
}

extension Term {
  /// The least value of a column; nil without rows.
  package static func min<Least>(_ path: KeyPath<Owner, Column<Owner, Least>>) -> Term
  where Value == Least? {
    Term(content: .function(.min, of: ColumnName(path), filter: nil))
  }

  /// The greatest value of a column; nil without rows.
  package static func max<Greatest>(_ path: KeyPath<Owner, Column<Owner, Greatest>>) -> Term
  where Value == Greatest? {
    Term(content: .function(.max, of: ColumnName(path), filter: nil))
  }
}

extension Term {
  /// The value of a column as a key.
  package static func key(_ path: KeyPath<Owner, Column<Owner, Value>>) -> Term {
    Term(content: .column(ColumnName(path)))
  }
}

extension Term where Value == CalendarDate {
  /// The day of a time as a key, in UTC on every engine.
  package static func day(of path: KeyPath<Owner, Column<Owner, Timestamp>>) -> Term {
    Term(content: .day(ColumnName(path)))
  }
}

extension Term where Value == Int64 {
  /// The number of rows.
  package static func count() -> Term {
    Term(content: .function(.count, of: nil, filter: nil))
  }

  /// The number of rows that satisfy the condition.
  package static func count(where predicate: Predicate<Owner>) -> Term {
    Term(content: .function(.count, of: nil, filter: predicate.condition))
  }
}

/// The content of a term, without its types.
enum TermContent: Sendable {
  enum Function: Sendable {
    case count, min, max

    var sql: StaticString {
      switch self {
      case .count: "count("
      case .min: "min("
      case .max: "max("
      }
    }
  }

  case day(ColumnName)
  case column(ColumnName)
  /// A function of a column, or of whole rows without one.
  case function(Function, of: ColumnName?, filter: Condition?)

  /// Whether the term is a key, by which the rows are grouped.
  var isKey: Bool {
    switch self {
    case .day, .column: true
    case .function: false
    }
  }

  /// The name of the term in an error.
  var name: String {
    switch self {
    case .day(let column), .column(let column): column.name
    case .function(_, let column, _): column?.name ?? "count"
    }
  }

  func write<Writer: StatementWriter>(to writer: inout Writer) {
    switch self {
    case .column(let column): writer.column(column)
    case .day(let column):
      let day = writer.dialect.dayInUTC
      writer.put(day.before)
      writer.column(column)
      writer.put(day.after)
    case .function(let function, let column, let filter):
      writer.put(function.sql)
      Self.write(argument: column, filter, to: &writer)
    }
  }

  /// Without FILTER, a CASE leaves NULL in place of the other rows, and aggregate functions ignore NULL.
  private static func write<Writer: StatementWriter>(
    argument column: ColumnName?, _ filter: Condition?, to writer: inout Writer
  ) {
    guard let filter else {
      write(column, orElse: "*", to: &writer)
      return writer.put(")")
    }
    if writer.dialect.filtersAggregates {
      write(column, orElse: "*", to: &writer)
      writer.put(") FILTER (WHERE ")
      filter.write(to: &writer)
      writer.put(")")
    } else {
      writer.put("CASE WHEN ")
      filter.write(to: &writer)
      writer.put(" THEN ")
      write(column, orElse: "1", to: &writer)
      writer.put(" END)")
    }
  }

  private static func write<Writer: StatementWriter>(
    _ column: ColumnName?, orElse text: StaticString, to writer: inout Writer
  ) {
    if let column { writer.column(column) } else { writer.put(text) }
  }
}
