import Schema

@testable import PostgresDriver

/// A field that a server has sent is a value of its type or none, in both formats.
enum PostgresTarget {
  private static let kinds: [FieldKind] = [
    .boolean, .integer, .double, .bytes, .timestamp, .date, .text, .other,
  ]

  static func check(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    Array(input.dropFirst()).withUnsafeBufferPointer { bytes in
      check(.text(FieldText(bytes: bytes)), bytes)
      for kind in kinds { check(.binary(FieldBinary(bytes: bytes, kind: kind)), bytes) }
      checkText(FieldText(bytes: bytes))
      _ = FieldKind(UInt32(first))
    }
  }

  private static func check(_ field: Field, _ bytes: UnsafeBufferPointer<UInt8>) {
    _ = (field.boolean, field.double, field.integer)
    if let text = field.text { demand(text.utf8.count <= 3 * bytes.count, "a text has grown") }
    if let decoded = field.bytea { demand(decoded.count <= bytes.count, "bytes have grown") }
    if let timestamp = field.timestamp {
      demand(
        Timestamp(sqlText: timestamp.sqlText) == timestamp, "a time came back changed: \(timestamp.sqlText)")
      demand(
        Timestamp(rfc3339: timestamp.rfc3339) == timestamp, "a time came back changed: \(timestamp.rfc3339)")
      FuzzTarget.plant(where: !timestamp.sqlText.hasPrefix("2026-11-22"))
    }
    if let date = field.date {
      demand(CalendarDate(iso8601: date.iso8601) == date, "a date came back changed: \(date.iso8601)")
    }
  }

  /// What the text format admits beyond the types: one spelling for bytes and for numbers.
  private static func checkText(_ field: FieldText) {
    if let number = field.integer {
      demand(Int64(field.text) == number, "'\(field.text)' was read as \(number)")
    }
    if let decoded = field.bytea {
      let digits = Array("0123456789abcdef".utf8)
      let text = Array("\\x".utf8) + decoded.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
      demand(text.elementsEqual(field.bytes), "bytes came back changed")
    }
  }
}
