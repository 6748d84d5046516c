import DataAccess
import Schema

/// The rows of a statement.
///
/// SQLite stores booleans as 0 and 1, and timestamps and dates as text. The caller's accessor converts them, or the
/// column's declared type does.
struct SQLiteRows: ResultSet {
  let columnNames: [String]
  /// By column: how the declared type converts the stored value.
  let meanings: [ColumnMeaning]
  /// Row by row.
  private(set) var fields: [DatabaseValue] = []
  private(set) var rowCount = 0
  var affectedRows = 0

  /// No rows and no columns.
  init() {
    columnNames = []
    meanings = []
  }

  init(of statement: PreparedStatement) {
    let columns = 0..<statement.columnCount
    columnNames = columns.map(statement.columnName)
    meanings = columns.map { ColumnMeaning(declaredType: statement.declaredType(at: $0)) }
  }

  /// Appends the statement's current row.
  mutating func append(rowOf statement: PreparedStatement) {
    for column in columnNames.indices { fields.append(statement.value(at: column)) }
    rowCount += 1
  }

  private func field(_ row: Int, _ column: Int) -> DatabaseValue { fields[row * columnNames.count + column] }

  func isNull(_ row: Int, _ column: Int) -> Bool { field(row, column) == .null }

  func integer(_ row: Int, _ column: Int) throws(DatabaseError) -> Int64 {
    guard case .integer(let number) = field(row, column) else { throw mismatch(column, "a whole number") }
    return number
  }

  func boolean(_ row: Int, _ column: Int) throws(DatabaseError) -> Bool {
    switch field(row, column) {
    case .integer(0): false
    case .integer(1): true
    default: throw mismatch(column, "a boolean")
    }
  }

  func double(_ row: Int, _ column: Int) throws(DatabaseError) -> Double {
    switch field(row, column) {
    case .double(let number): number
    case .integer(let number): Double(number)
    default: throw mismatch(column, "a number")
    }
  }

  func text(_ row: Int, _ column: Int) throws(DatabaseError) -> String {
    guard case .text(let text) = field(row, column) else { throw mismatch(column, "text") }
    return text
  }

  func bytes(_ row: Int, _ column: Int) throws(DatabaseError) -> [UInt8] {
    guard case .bytes(let bytes) = field(row, column) else { throw mismatch(column, "bytes") }
    return bytes
  }

  func timestamp(_ row: Int, _ column: Int) throws(DatabaseError) -> Timestamp {
    guard case .text(let text) = field(row, column), let moment = Timestamp(sqlText: text) else {
      throw mismatch(column, "a timestamp")
    }
    return moment
  }

  func date(_ row: Int, _ column: Int) throws(DatabaseError) -> CalendarDate {
    guard case .text(let text) = field(row, column), let day = CalendarDate(iso8601: text) else {
      throw mismatch(column, "a date")
    }
    return day
  }

  func value(_ row: Int, _ column: Int) throws(DatabaseError) -> DatabaseValue {
    let stored = field(row, column)
    if stored == .null { return .null }
    switch meanings[column] {
    case .asStored: return stored
    case .boolean: return .boolean(try boolean(row, column))
    case .timestamp: return .timestamp(try timestamp(row, column))
    case .date: return .date(try date(row, column))
    }
  }

  private func mismatch(_ column: Int, _ expected: String) -> DatabaseError {
    DatabaseError(decoding: "column \(columnNames[column]) does not contain \(expected)")
  }
}

/// How a column's declared type converts the values that SQLite stores in it.
enum ColumnMeaning: Sendable {
  case asStored
  case boolean
  case timestamp
  case date

  init(declaredType: String?) {
    switch declaredType?.lowercased() {
    case "boolean", "bool": self = .boolean
    case "timestamp", "datetime": self = .timestamp
    case "date": self = .date
    default: self = .asStored
    }
  }
}
