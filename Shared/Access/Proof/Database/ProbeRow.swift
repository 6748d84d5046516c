import AccessManifest
import DataAccess
import Schema

/// A row that exists in a table only during the proof. It belongs to one account's scope, so it is foreign to all
/// others.
struct ProbeRow: Sendable {
  /// The prefix of every text in a probe row.
  static let sentinel = "bulkhead-probe-"

  let table: TableDefinition
  let scope: RowScope
  /// The name of the run, so that two concurrent runs do not disturb each other.
  let run: String

  /// The row's name in cells.
  var name: String { "\(scope.column)=\(scope.value)" }

  /// The columns and values of the row.
  ///
  /// Times are in 1970, so that no report over recent days counts the row.
  var values: [(column: String, value: DatabaseValue)] {
    table.columns.compactMap { column in
      if column.isIdentity { return nil }
      return value(for: column).map { (column.name, $0) }
    }
  }

  /// The column that contains the sentinel, which identifies the rows that a killed run left behind.
  static func marker(of table: TableDefinition, beside scope: String) -> ColumnDefinition? {
    table.columns.first { column in
      guard column.name != scope, column.allowedValues == nil else { return false }
      return switch column.type {
      case .varchar(let length): length >= shortestMarker
      case .text: true
      case .bigint, .integer, .boolean, .char, .json, .timestamp, .date, .other: false
      }
    }
  }

  /// Whether a row can be made for the proof: its values must satisfy a schema that others made.
  static func isPossible(in table: TableDefinition) -> Bool {
    let hasMarker = table.columns.contains { marker(of: table, beside: $0.name) != nil }
    return hasMarker && table.identity != nil && table.checks.isEmpty
      && table.columns.allSatisfy { column in
        column.isNullable || column.isIdentity || column.defaultValue != nil || column.isComputed
          || (isOther(column.type) == false && !table.references.contains { $0.column == column.name })
      }
  }

  private static func isOther(_ type: ColumnType) -> Bool {
    if case .other = type { true } else { false }
  }

  private static let shortestMarker = 48

  private func value(for column: ColumnDefinition) -> DatabaseValue? {
    if column.name == scope.column { return .text(scope.value) }
    if let allowed = column.allowedValues?.first { return .text(allowed) }
    switch column.type {
    case .timestamp: return column.isNullable ? nil : .timestamp(Timestamp(microsecondsSinceEpoch: 0))
    case .date:
      return column.isNullable ? nil : .date(CalendarDate(containing: Timestamp(microsecondsSinceEpoch: 0)))
    case .varchar(let length): return .text(String((Self.sentinel + run).prefix(length)))
    case .text: return .text(Self.sentinel + run)
    case .char(let length): return .text(String(repeating: "0", count: length))
    case .json: return .text("{}")
    case .bigint, .integer: return column.defaultValue == nil && !column.isNullable ? .integer(0) : nil
    case .boolean: return column.defaultValue == nil && !column.isNullable ? .boolean(false) : nil
    case .other: return nil
    }
  }

  /// The statement that inserts the row.
  var insertion: ProbeStatement {
    var parts: [ProbeStatement.Part] = [.sql("INSERT INTO "), .relation(table.name), .sql(" (")]
    for (index, entry) in values.enumerated() {
      if index > 0 { parts.append(.sql(", ")) }
      parts.append(.identifier(entry.column))
    }
    parts.append(.sql(") VALUES ("))
    for (index, entry) in values.enumerated() {
      if index > 0 { parts.append(.sql(", ")) }
      parts.append(.value(entry.value))
    }
    return ProbeStatement(Operation(.insert, table: table.name), parts + [.sql(")")])
  }
}
