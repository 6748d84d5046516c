import DataAccess
import Schema

/// One field of a result in PostgreSQL's binary format, with numbers in network order.
///
/// The `send` functions of the types in the server's source define the format; the protocol refers to them. A read as
/// another type than the column's returns nil, because the bytes alone would not show the mistake.
struct FieldBinary {
  let bytes: UnsafeBufferPointer<UInt8>
  let kind: FieldKind

  /// Microseconds from 1970-01-01 to 2000-01-01, at which the server's count begins.
  private static let epochMicroseconds: Int64 = 946_684_800_000_000
  /// The same in days.
  private static let epochDays: Int32 = 10_957

  var boolean: Bool? {
    guard case .boolean = kind, bytes.count == 1 else { return nil }
    return bytes[0] != 0
  }

  /// Reads `smallint`, `integer`, `bigint`, and the four bytes of an `oid`, which have no sign in the server.
  var integer: Int64? {
    guard case .integer = kind else { return nil }
    switch bytes.count {
    case 2: return Int64(load(Int16.self))
    case 4: return Int64(load(Int32.self))
    case 8: return load(Int64.self)
    default: return nil
    }
  }

  var double: Double? {
    switch (kind, bytes.count) {
    case (.double, 4): Double(Float(bitPattern: load(UInt32.self)))
    case (.double, 8): Double(bitPattern: load(UInt64.self))
    case (.integer, _): integer.map(Double.init)
    default: nil
    }
  }

  var text: String? {
    guard case .text = kind else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  var bytea: [UInt8]? {
    guard case .bytes = kind else { return nil }
    return Array(bytes)
  }

  var timestamp: Timestamp? {
    guard case .timestamp = kind, bytes.count == 8 else { return nil }
    let (microseconds, overflow) = load(Int64.self).addingReportingOverflow(Self.epochMicroseconds)
    let timestamp = Timestamp(microsecondsSinceEpoch: microseconds)
    return !overflow && timestamp.isRepresentable ? timestamp : nil
  }

  var date: CalendarDate? {
    guard case .date = kind, bytes.count == 4 else { return nil }
    let (days, overflow) = load(Int32.self).addingReportingOverflow(Self.epochDays)
    let date = CalendarDate(daysSinceEpoch: days)
    return !overflow && date.isRepresentable ? date : nil
  }

  /// The value, if its type is one of the usual ones.
  @inline(__always)
  var ahead: FieldAhead {
    switch kind {
    case .integer: integer.map(FieldAhead.integer) ?? .unread
    case .boolean: boolean.map(FieldAhead.boolean) ?? .unread
    case .timestamp: timestamp.map { .timestamp($0.microsecondsSinceEpoch) } ?? .unread
    case .text: .text(bytes)
    case .double, .bytes, .date, .other: .unread
    }
  }

  /// Returns the number at the start of the field. The caller has checked that there are enough bytes.
  private func load<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
    Number(bigEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(as: type))
  }
}
