/// How YAML reads a word without quotes, for the words that ``RowScopeRule`` allows: a-z, 0-9, `-` and `_`.
///
/// The YAML library has rules for all texts, as regular expressions: their engine takes more memory than the rest of the
/// manifest's reading.
enum PlainWord {
  /// Whether the word is text, and not null, a boolean, a number or a date, also for a reader of YAML 1.1. `y` and `n` are
  /// booleans in its list of types, but not for the YAML library.
  static func isText(_ word: String) -> Bool {
    let bytes = Array(word.utf8)
    return !constants.contains(word) && !isNumber(bytes) && !isDate(bytes)
  }

  private static let constants: Set = ["null", "y", "n", "yes", "no", "true", "false", "on", "off"]

  /// The digits of whole numbers to another base, by the letter after the zero.
  private static let bases: [UInt8: Set<UInt8>] = [
    UInt8(ascii: "b"): Set("01".utf8), UInt8(ascii: "o"): Set("01234567".utf8),
    UInt8(ascii: "x"): Set("0123456789abcdef".utf8),
  ]

  private static func isNumber(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    guard let first = rest.first, isDigit(first) else { return false }
    if first == UInt8(ascii: "0"), let digits = rest.dropFirst().first.flatMap({ bases[$0] }) {
      let number = rest.dropFirst(2)
      if !number.isEmpty, number.allSatisfy({ digits.contains($0) || $0 == UInt8(ascii: "_") }) {
        return true
      }
    }
    rest = rest.drop { isDigit($0) || $0 == UInt8(ascii: "_") }
    return rest.isEmpty || isExponent(rest)
  }

  private static func isExponent(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.first == UInt8(ascii: "e") else { return false }
    var digits = bytes.dropFirst()
    if digits.first == UInt8(ascii: "-") { digits.removeFirst() }
    return !digits.isEmpty && digits.allSatisfy(isDigit)
  }

  /// `2026-01-31`.
  private static func isDate(_ bytes: [UInt8]) -> Bool {
    bytes.count == 10
      && bytes.indices.allSatisfy { index in
        index == 4 || index == 7 ? bytes[index] == UInt8(ascii: "-") : isDigit(bytes[index])
      }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
