import Schema

/// One field of a result in the server's binary format, with numbers in little-endian order. A read as another type than
/// the column's returns nil.
struct Field {
  let bytes: UnsafeBufferPointer<UInt8>
  let column: Columns.Column

  var integer: Int64? {
    switch column.kind {
    case .integer(1): column.isUnsigned ? Int64(load(UInt8.self)) : Int64(load(Int8.self))
    case .integer(2): column.isUnsigned ? Int64(load(UInt16.self)) : Int64(load(Int16.self))
    case .integer(4): column.isUnsigned ? Int64(load(UInt32.self)) : Int64(load(Int32.self))
    case .integer: column.isUnsigned ? Int64(exactly: load(UInt64.self)) : load(Int64.self)
    case .decimal: Int64(String(decoding: bytes, as: UTF8.self))
    case .double, .text, .bytes, .date, .time, .other, .packed: nil
    }
  }

  /// The engine's boolean is a number.
  var boolean: Bool? {
    guard case .integer = column.kind else { return nil }
    return switch integer {
    case 0: false
    case 1: true
    default: nil
    }
  }

  var double: Double? {
    switch column.kind {
    case .double(4): Double(Float(bitPattern: load(UInt32.self)))
    case .double: Double(bitPattern: load(UInt64.self))
    case .integer: integer.map(Double.init)
    case .decimal: Double(String(decoding: bytes, as: UTF8.self))
    case .text, .bytes, .date, .time, .other, .packed: nil
    }
  }

  var text: String? {
    switch column.kind {
    case .text, .decimal: String(decoding: bytes, as: UTF8.self)
    case .integer, .double, .bytes, .date, .time, .other, .packed: nil
    }
  }

  var binary: [UInt8]? {
    guard case .bytes = column.kind else { return nil }
    return Array(bytes)
  }

  /// Year, month and day, and then hour, minute, second and microsecond as far as they are not all zero.
  var timestamp: Timestamp? {
    guard case .time = column.kind, let days else { return nil }
    var microseconds = days * 86_400_000_000
    if bytes.count >= 7 {
      let seconds = Int64(bytes[4]) * 3_600 + Int64(bytes[5]) * 60 + Int64(bytes[6])
      microseconds += seconds * 1_000_000
    }
    if bytes.count >= 11 { microseconds += Int64(load(UInt32.self, at: 7)) }
    let timestamp = Timestamp(microsecondsSinceEpoch: microseconds)
    return timestamp.isRepresentable ? timestamp : nil
  }

  var date: CalendarDate? {
    guard case .date = column.kind, let days else { return nil }
    let date = CalendarDate(daysSinceEpoch: Int32(truncatingIfNeeded: days))
    return date.isRepresentable ? date : nil
  }

  /// Days since 1970-01-01 in the Gregorian calendar; nil for the engine's days that no calendar has, such as month 0.
  private var days: Int64? {
    guard bytes.count >= 4 else { return nil }
    let (year, month, day) = (Int64(load(UInt16.self)), Int64(bytes[2]), Int64(bytes[3]))
    guard year >= 1, (1...12).contains(month), (1...31).contains(day) else { return nil }
    // The year begins with March here, so that the leap day is its last.
    let shifted = month > 2 ? year : year - 1
    let (era, yearOfEra) = (shifted / 400, shifted % 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Returns the number at an offset; zero where the field is shorter.
  private func load<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int = 0) -> Number {
    guard bytes.count >= offset + MemoryLayout<Number>.size else { return 0 }
    return Number(littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: offset, as: type))
  }
}
