import CMariaDB
import DataAccess
import Schema

/// The bound values of one statement at addresses that do not change while libmariadb sends them.
final class BoundParameters {
  private let bytes: UnsafeMutablePointer<UInt8>
  private let binds: UnsafeMutablePointer<MYSQL_BIND>
  private let count: Int

  /// Fails with the reason when the engine cannot represent a value.
  init(_ values: [DatabaseValue]) throws(DatabaseError) {
    for (index, value) in values.enumerated() {
      if let reason = Self.problem(value) {
        throw DatabaseError(.valueOutOfRange, detail: "value \(index + 1): \(reason)")
      }
    }
    let encoded = values.map(Self.encode)
    count = values.count
    bytes = .allocate(capacity: max(1, encoded.reduce(0) { $0 + $1.bytes.count }))
    binds = .allocate(capacity: max(1, count))
    var place = bytes
    for (index, value) in encoded.enumerated() {
      var bind = MYSQL_BIND()
      bind.buffer_type = value.type
      bind.buffer = UnsafeMutableRawPointer(place)
      bind.buffer_length = UInt(value.bytes.count)
      bind.length_value = UInt(value.bytes.count)
      binds.advanced(by: index).initialize(to: bind)
      place.initialize(from: value.bytes, count: value.bytes.count)
      place += value.bytes.count
    }
    for index in 0..<count {
      withUnsafeMutablePointer(to: &binds[index].length_value) { binds[index].length = $0 }
    }
  }

  deinit {
    bytes.deallocate()
    binds.deallocate()
  }

  /// Binds the values to a statement; false when it has another number of placeholders.
  func bind(to statement: PreparedStatement) -> Bool {
    guard statement.parameterCount == count else { return false }
    return count == 0 || mysql_stmt_bind_param(statement.pointer, binds) == 0
  }

  private static func problem(_ value: DatabaseValue) -> String? {
    switch value {
    case .timestamp(let value) where !value.isRepresentable: "the timestamp lies outside the years 1 to 9999"
    case .date(let value) where !value.isRepresentable: "the date lies outside the years 1 to 9999"
    case .double(let value) where !value.isFinite: "the engine stores no infinite number and no NaN"
    case .null, .boolean, .integer, .double, .text, .bytes, .timestamp, .date: nil
    }
  }

  /// Times are sent as text, which the server converts to the column's type once for the statement.
  private static func encode(_ value: DatabaseValue) -> (type: enum_field_types, bytes: [UInt8]) {
    switch value {
    case .null: (MYSQL_TYPE_NULL, [])
    case .boolean(let value): (MYSQL_TYPE_TINY, [value ? 1 : 0])
    case .integer(let value): (MYSQL_TYPE_LONGLONG, withUnsafeBytes(of: value) { Array($0) })
    case .double(let value): (MYSQL_TYPE_DOUBLE, withUnsafeBytes(of: value) { Array($0) })
    case .text(let value): (MYSQL_TYPE_STRING, Array(value.utf8))
    case .bytes(let value): (MYSQL_TYPE_BLOB, value)
    case .timestamp(let value): (MYSQL_TYPE_STRING, Array(value.sqlText.utf8))
    case .date(let value): (MYSQL_TYPE_STRING, Array(value.iso8601.utf8))
    }
  }
}
