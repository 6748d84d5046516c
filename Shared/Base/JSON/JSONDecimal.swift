/// A number that a double would change: its own text, digit for digit. `0.1234567890123456789`,
/// `12345678901234567890`, `1.0` and `1e2` are such numbers (RFC 8259, section 6, sets no precision).
///
/// Only the decoder makes them, so the text is always a number of JSON.
package struct JSONDecimal: Sendable, Hashable {
  private enum Form: Hashable, Sendable {
    /// The digits of a number without an exponent, which most have. It needs no memory of its own.
    case digits(ShortDecimal)
    case text(String)
  }

  private let form: Form

  /// The number as it was written.
  package var text: String {
    switch form {
    case .digits(let digits): digits.text
    case .text(let text): text
    }
  }

  /// The nearest double. The decoder refuses numbers beyond its range.
  package var double: Double {
    switch form {
    case .digits(let digits): digits.nearestDouble ?? Double(digits.text) ?? .nan
    case .text(let text): Double(text) ?? .nan
    }
  }

  /// Keeps a number that the scanner has validated; nil when it is too large for a double.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    if let digits = ShortDecimal(withoutExponent: bytes) {
      form = .digits(digits)
    } else if JSONNumber.double(bytes) != nil {
      form = .text(String(decoding: bytes, as: UTF8.self))
    } else {
      return nil
    }
  }
}

extension ShortDecimal {
  /// Reads a number without an exponent: its digits and the place of its point determine the text.
  fileprivate init?(withoutExponent text: UnsafeBufferPointer<UInt8>) {
    guard !text.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return nil }
    self.init(text)
  }

  /// The text of a number without an exponent.
  fileprivate var text: String {
    let fraction = Int(exponent.magnitude)
    var digits = String(magnitude)
    if digits.utf8.count <= fraction {
      digits = String(repeating: "0", count: fraction + 1 - digits.utf8.count) + digits
    }
    let whole = digits.dropLast(fraction)
    return (isNegative ? "-" : "") + (fraction > 0 ? "\(whole).\(digits.suffix(fraction))" : whole)
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
