import CPostgres
import DataAccess
import Schema

/// Rows as libpq holds them.
///
/// An object, because a reader of fields holds its rows without a copy. Reading a field counts no references.
final class PostgresRows: ResultSet {
  private let result: ResultHandle
  let rowCount: Int
  /// The form of each column, which all rows share; empty without rows.
  private let forms: [Field.Form]

  init(_ result: ResultHandle) {
    self.result = result
    rowCount = Int(PQntuples(result.pointer))
    forms = rowCount > 0 ? result.forms : []
  }

  var affectedRows: Int { result.affectedRows }
  var columnNames: [String] { result.columnNames }

  func isNull(_ row: Int, _ column: Int) -> Bool {
    PQgetisnull(result.pointer, number(of: row), Int32(truncatingIfNeeded: column)) != 0
  }

  func integer(_ row: Int, _ column: Int) throws(DatabaseError) -> Int64 {
    try read(row, column, as: "an integer") { $0.integer }
  }

  func boolean(_ row: Int, _ column: Int) throws(DatabaseError) -> Bool {
    try read(row, column, as: "a boolean") { $0.boolean }
  }

  func double(_ row: Int, _ column: Int) throws(DatabaseError) -> Double {
    try read(row, column, as: "a number") { $0.double }
  }

  func text(_ row: Int, _ column: Int) throws(DatabaseError) -> String {
    try read(row, column, as: "text") { $0.text }
  }

  func bytes(_ row: Int, _ column: Int) throws(DatabaseError) -> [UInt8] {
    try read(row, column, as: "bytes") { $0.bytea }
  }

  func timestamp(_ row: Int, _ column: Int) throws(DatabaseError) -> Timestamp {
    try read(row, column, as: "a time of the years 1 to 9999") { $0.timestamp }
  }

  func date(_ row: Int, _ column: Int) throws(DatabaseError) -> CalendarDate {
    try read(row, column, as: "a date of the years 1 to 9999") { $0.date }
  }

  func value(_ row: Int, _ column: Int) throws(DatabaseError) -> DatabaseValue {
    if isNull(row, column) { return .null }
    switch FieldKind(PQftype(result.pointer, Int32(truncatingIfNeeded: column))) {
    case .boolean: return .boolean(try boolean(row, column))
    case .integer: return .integer(try integer(row, column))
    case .double: return .double(try double(row, column))
    case .bytes: return .bytes(try bytes(row, column))
    case .timestamp: return .timestamp(try timestamp(row, column))
    case .date: return .date(try date(row, column))
    case .text, .other: return .text(try text(row, column))
    }
  }

  func readAhead(_ row: Int, into fields: UnsafeMutableBufferPointer<FieldAhead>) {
    let (pointer, number) = (result.pointer, number(of: row))
    forms.withUnsafeBufferPointer { forms in
      for column in 0..<min(fields.count, forms.count) {
        let field = Field(of: pointer, number, Int32(truncatingIfNeeded: column), forms[column])
        if case .binary(let binary)? = field {
          fields[column] = binary.ahead
        } else {
          fields[column] = .unread
        }
      }
    }
    withExtendedLifetime(self) {}
  }

  @inline(__always)
  private func number(of row: Int) -> Int32 {
    precondition(row >= 0 && row < rowCount, "the result has no such row")
    return Int32(truncatingIfNeeded: row)
  }

  @inline(__always)
  private func read<Value>(
    _ row: Int, _ column: Int, as type: String, _ convert: (Field) -> Value?
  ) throws(DatabaseError) -> Value {
    defer { withExtendedLifetime(self) {} }
    guard
      let field = Field(
        of: result.pointer, number(of: row), Int32(truncatingIfNeeded: column), forms[column])
    else {
      throw unreadable(column, "is NULL, which is not \(type)")
    }
    guard let value = convert(field) else { throw unreadable(column, "is not \(type)") }
    return value
  }

  /// Names the column and no value, because the error's text must be safe to show to any client.
  private func unreadable(_ column: Int, _ problem: String) -> DatabaseError {
    let names = columnNames
    let name = names.indices.contains(column) ? names[column] : "\(column)"
    return DatabaseError(decoding: "column \(name) \(problem)")
  }
}
