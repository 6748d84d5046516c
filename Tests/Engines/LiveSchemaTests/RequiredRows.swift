import DataAccess
import Schema

extension Database {
  /// Inserts rows with a value in each column that demands one. Row n refers to the rows n of other tables, so their
  /// tables come first, and all of them are new.
  func insertRows(_ count: Int, into table: TableDefinition) async throws(DatabaseError) {
    let columns = table.columns.filter { !$0.isIdentity && !$0.isNullable && $0.defaultValue == nil }
    let names = columns.map { dialect.quoted($0.name) }.joined(separator: ", ")
    let rows = (1...count).map { number in
      "(" + columns.map { value(of: $0, number) }.joined(separator: ", ") + ")"
    }
    try await byHand([
      "INSERT INTO \(dialect.quoted(table.name)) (\(names)) VALUES \(rows.joined(separator: ", "))"
    ])
  }

  private func value(of column: ColumnDefinition, _ number: Int) -> String {
    if let allowed = column.allowedValues?.first { return dialect.literal(allowed) }
    return switch column.type {
    case .bigint, .integer: "\(number)"
    case .boolean: dialect.trueLiteral
    case .varchar, .text: "'v\(number)'"
    case .char(let length): "'\(number)" + String(repeating: "x", count: length - 1) + "'"
    case .json, .other: "'{}'"
    case .timestamp: "'2026-01-02 03:04:05.00000\(number)'"
    case .date: "'2026-01-0\(number)'"
    }
  }
}
