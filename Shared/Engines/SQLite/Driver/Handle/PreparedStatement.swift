import CSQLite
import DataAccess
import Schema

/// A compiled statement. It owns a `sqlite3_stmt *`.
///
/// It compiles exactly one statement from a text. It rejects a second one after a semicolon, so an attacker cannot
/// append a statement to a harmless one.
final class PreparedStatement {
  private let pointer: OpaquePointer
  private let handle: DatabaseHandle
  /// Whether it writes to a view that stands for a table. SQLite then counts the changed rows as changes by triggers.
  var writesThroughView = false

  init(_ sql: String, on handle: DatabaseHandle) throws(SQLiteFault) {
    var text = sql
    let outcome = text.withUTF8 { Self.compile($0, on: handle) }
    pointer = try outcome.get()
    self.handle = handle
  }

  deinit {
    sqlite3_finalize(pointer)
  }

  /// Whether the statement leaves the file unchanged.
  var isReadOnly: Bool { sqlite3_stmt_readonly(pointer) != 0 }

  /// Whether it is an `EXPLAIN`, which reveals the driver's secret names.
  var isExplain: Bool { sqlite3_stmt_isexplain(pointer) != 0 }

  var parameterCount: Int { Int(sqlite3_bind_parameter_count(pointer)) }

  /// Steps to the next row; false when there is none.
  func step() throws(SQLiteFault) -> Bool {
    switch sqlite3_step(pointer) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw SQLiteFault(of: handle.pointer, code: code)
    }
  }

  /// Prepares it for its next use and releases the bound values. The last step has already thrown its own fault.
  func reset() {
    sqlite3_reset(pointer)
    sqlite3_clear_bindings(pointer)
  }

  // MARK: - Binding

  /// Binds every value, in order.
  func bind(_ values: [DatabaseValue]) throws(SQLiteFault) {
    guard values.count == parameterCount else {
      throw SQLiteFault(
        code: SQLITE_RANGE,
        message: "the statement has \(parameterCount) parameters, but the caller bound \(values.count) values"
      )
    }
    for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
  }

  func bind(text: String, at index: Int32) throws(SQLiteFault) {
    var text = text
    try check(
      text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          // An empty buffer may have no address, which would bind NULL.
          $0.isEmpty
            ? bulkhead_sqlite_bind_text(pointer, index, "", 0)
            : bulkhead_sqlite_bind_text(pointer, index, $0.baseAddress, UInt64($0.count))
        }
      })
  }

  private func bind(_ value: DatabaseValue, at index: Int32) throws(SQLiteFault) {
    switch value {
    case .null: try check(sqlite3_bind_null(pointer, index))
    case .boolean(let flag): try check(sqlite3_bind_int64(pointer, index, flag ? 1 : 0))
    case .integer(let number): try check(sqlite3_bind_int64(pointer, index, number))
    case .double(let number): try check(sqlite3_bind_double(pointer, index, number))
    case .text(let text): try bind(text: text, at: index)
    case .bytes(let bytes): try check(bind(bytes: bytes, at: index))
    case .timestamp(let moment): try bind(text: moment.sqlText, at: index)
    case .date(let day): try bind(text: day.iso8601, at: index)
    }
  }

  private func bind(bytes: [UInt8], at index: Int32) -> Int32 {
    bytes.withUnsafeBytes { bulkhead_sqlite_bind_blob(pointer, index, $0.baseAddress, UInt64($0.count)) }
  }

  private func check(_ code: Int32) throws(SQLiteFault) {
    guard code == SQLITE_OK else { throw SQLiteFault(of: handle.pointer, code: code) }
  }

  // MARK: - The current row

  var columnCount: Int { Int(sqlite3_column_count(pointer)) }

  func columnName(at index: Int) -> String {
    sqlite3_column_name(pointer, Int32(index)).map { String(cString: $0) } ?? ""
  }

  /// The declared type of the table's column behind a result column; nil for an expression.
  func declaredType(at index: Int) -> String? {
    sqlite3_column_decltype(pointer, Int32(index)).map { String(cString: $0) }
  }

  /// The text of a column, nil for NULL.
  func text(at index: Int) -> String? {
    let column = Int32(index)
    guard let bytes = sqlite3_column_text(pointer, column) else { return nil }
    let count = Int(sqlite3_column_bytes(pointer, column))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// A column's stored value: SQLite has no type for booleans, timestamps or dates.
  func value(at index: Int) -> DatabaseValue {
    let column = Int32(index)
    switch sqlite3_column_type(pointer, column) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(pointer, column))
    case SQLITE_FLOAT: return .double(sqlite3_column_double(pointer, column))
    case SQLITE_TEXT: return text(at: index).map { .text($0) } ?? .null
    case SQLITE_BLOB: return .bytes(bytes(at: column))
    default: return .null
    }
  }

  private func bytes(at column: Int32) -> [UInt8] {
    let count = Int(sqlite3_column_bytes(pointer, column))
    return [UInt8](UnsafeRawBufferPointer(start: sqlite3_column_blob(pointer, column), count: count))
  }
}

extension PreparedStatement {
  private static func compile(
    _ sql: UnsafeBufferPointer<UInt8>, on handle: DatabaseHandle
  ) -> Result<OpaquePointer, SQLiteFault> {
    if sql.contains(0) { return .failure(.refused("a statement must not contain a zero byte")) }
    return sql.withMemoryRebound(to: CChar.self) { characters in
      var statement: OpaquePointer?
      var tail: UnsafePointer<CChar>?
      let code = sqlite3_prepare_v3(
        handle.pointer, characters.baseAddress, Int32(characters.count), UInt32(SQLITE_PREPARE_PERSISTENT),
        &statement,
        &tail)
      guard code == SQLITE_OK else { return .failure(SQLiteFault(of: handle.pointer, code: code)) }
      guard let statement else { return .failure(.refused("the statement is empty")) }
      guard isBlank(from: tail, in: characters) else {
        sqlite3_finalize(statement)
        return .failure(.refused("the text holds more than one statement; send one at a time"))
      }
      return .success(statement)
    }
  }

  private static func isBlank(from tail: UnsafePointer<CChar>?, in text: UnsafeBufferPointer<CChar>) -> Bool {
    guard let tail, let start = text.baseAddress else { return true }
    return text[(tail - start)...].allSatisfy { " \t\r\n;".utf8.contains(UInt8(bitPattern: $0)) }
  }
}

extension SQLiteFault {
  /// A statement that this driver rejects.
  static func refused(_ reason: String) -> SQLiteFault {
    SQLiteFault(code: SQLITE_ERROR, message: reason)
  }
}
