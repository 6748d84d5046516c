import CPostgres
import DataAccess
import Schema

/// Rows as libpq holds them: a whole result, or the batch of a stream, in which every row is a separate result.
struct PostgresRows: ResultSet {
  private enum Storage {
    case whole(ResultHandle)
    case single([ResultHandle])
  }

  private let storage: Storage
  let rowCount: Int

  init(_ result: ResultHandle) {
    storage = .whole(result)
    rowCount = Int(PQntuples(result.pointer))
  }

  init(batch: [ResultHandle]) {
    storage = .single(batch)
    rowCount = batch.count
  }

  var affectedRows: Int {
    switch storage {
    case .whole(let result): result.affectedRows
    case .single: 0
    }
  }

  var columnNames: [String] {
    switch storage {
    case .whole(let result): result.columnNames
    case .single(let results): results.first?.columnNames ?? []
    }
  }

  func isNull(_ row: Int, _ column: Int) -> Bool {
    let (result, row) = place(row)
    return PQgetisnull(result.pointer, Int32(row), Int32(column)) != 0
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
    switch FieldKind(PQftype(place(row).result.pointer, Int32(column))) {
    case .boolean: return .boolean(try boolean(row, column))
    case .integer: return .integer(try integer(row, column))
    case .double: return .double(try double(row, column))
    case .bytes: return .bytes(try bytes(row, column))
    case .timestamp: return .timestamp(try timestamp(row, column))
    case .date: return .date(try date(row, column))
    case .text, .other: return .text(try text(row, column))
    }
  }

  @inline(__always)
  private func place(_ row: Int) -> (result: ResultHandle, row: Int) {
    precondition(row >= 0 && row < rowCount, "the result has no such row")
    switch storage {
    case .whole(let result): return (result, row)
    case .single(let results): return (results[row], 0)
    }
  }

  @inline(__always)
  private func read<Value>(
    _ row: Int, _ column: Int, as type: String, _ convert: (Field) -> Value?
  ) throws(DatabaseError) -> Value {
    let (result, row) = place(row)
    return try result.withField(row, column) { field throws(DatabaseError) in
      guard let field else { throw Self.unreadable(column, of: result, "is NULL, which is not \(type)") }
      guard let value = convert(field) else { throw Self.unreadable(column, of: result, "is not \(type)") }
      return value
    }
  }

  /// Names the column and no value, because the error's text must be safe to show to any client.
  private static func unreadable(_ column: Int, of result: ResultHandle, _ problem: String) -> DatabaseError {
    let names = result.columnNames
    let name = names.indices.contains(column) ? names[column] : "\(column)"
    return DatabaseError(decoding: "column \(name) \(problem)")
  }
}
