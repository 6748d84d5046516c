import Schema

/// One field of a result in PostgreSQL's text format, with a parser for each type.
///
/// The connection fixes the settings that the text depends on (time zone, date style, bytea format). A property returns
/// nil when the text is not a value of its type or is out of range.
struct FieldText {
  let bytes: UnsafeBufferPointer<UInt8>

  /// `t` or `f`.
  var boolean: Bool? {
    guard bytes.count == 1 else { return nil }
    switch bytes[0] {
    case UInt8(ascii: "t"): return true
    case UInt8(ascii: "f"): return false
    default: return nil
    }
  }

  /// A decimal integer within 64 bits.
  var integer: Int64? {
    var position = 0
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative { position = 1 }
    guard position < bytes.count else { return nil }
    var value: Int64 = 0
    while position < bytes.count {
      guard let digit = Self.digit(bytes[position]) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      // Negative numbers count downwards, because the least integer has no positive counterpart.
      let (sum, carried) =
        isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      if overflow || carried { return nil }
      value = sum
      position += 1
    }
    return value
  }

  /// The shortest decimal that reads back to the same number, `NaN`, `Infinity` or `-Infinity`.
  var double: Double? { Double(text) }

  /// The text. The server sends only valid UTF-8, because that is the client encoding.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// `\x` and two hexadecimal digits for each byte.
  var bytea: [UInt8]? {
    guard bytes.count >= 2, bytes.count.isMultiple(of: 2), bytes[0] == UInt8(ascii: "\\"),
      bytes[1] == UInt8(ascii: "x")
    else { return nil }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count / 2 - 1)
    for position in stride(from: 2, to: bytes.count, by: 2) {
      guard let high = Self.nibble(bytes[position]), let low = Self.nibble(bytes[position + 1]) else {
        return nil
      }
      decoded.append(high << 4 | low)
    }
    return decoded
  }

  /// `2026-11-22 13:00:00.25+00`; a type without a zone is read as UTC.
  var timestamp: Timestamp? { Timestamp(sqlText: bytes) }

  /// `2026-11-22`.
  var date: CalendarDate? { CalendarDate(iso8601: text) }

  private static func digit(_ byte: UInt8) -> Int64? {
    let value = byte &- UInt8(ascii: "0")
    return value < 10 ? Int64(value) : nil
  }

  private static func nibble(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
