/// A number that a double would change: its own text, digit for digit. `0.1234567890123456789`,
/// `12345678901234567890`, `1.0` and `1e2` are such numbers (RFC 8259, section 6, sets no precision).
///
/// Only the decoder makes them, so the text is always a number of JSON.
package struct JSONDecimal: Sendable, Hashable {
  /// The number as it was written.
  package let text: String

  /// The nearest double. The decoder refuses numbers beyond its range.
  package var double: Double { Double(text) ?? .nan }

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    text = String(decoding: bytes, as: UTF8.self)
  }
}

extension JSONNumber {
  /// The most significant digits that every double keeps.
  private static let exactDigits = 15
  /// Below 0.0001, a double is written with an exponent.
  private static let leadingZeros = 3

  /// Whether a double of this text is written with exactly the same text: a fraction that does not end in zero, few
  /// digits, no exponent, not very small.
  static func isKeptByDouble(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count <= exactDigits + 2, text.last != UInt8(ascii: "0"),
      let point = text.firstIndex(of: UInt8(ascii: "."))
    else { return false }
    var digits = 0
    for byte in text {
      switch byte {
      case 0x30...0x39: digits &+= 1
      case UInt8(ascii: "-"), UInt8(ascii: "."): break
      default: return false
      }
    }
    guard digits <= exactDigits else { return false }
    guard text[point &- 1] == UInt8(ascii: "0"), point <= 2 else { return true }
    let zeros = text[(point &+ 1)...].prefix { $0 == UInt8(ascii: "0") }.count
    return zeros <= leadingZeros
  }
}
