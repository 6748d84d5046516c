/// Base64 with padding (RFC 4648, section 4). Decoding is strict: each byte string has exactly one accepted text.
package enum Base64 {
  private static let padded = Base64Alphabet(lastTwo: "+/", isPadded: true)
  private static let unpadded = Base64Alphabet(lastTwo: "+/", isPadded: false)

  /// The text, padded with `=` to a multiple of four characters.
  package static func encode(_ bytes: [UInt8]) -> String { padded.encode(bytes) }

  /// The bytes, or nil when the text differs from what ``encode(_:)`` writes.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? { padded.decode(text.utf8) }

  /// The text without padding, as PHC strings use it.
  package static func encodeUnpadded(_ bytes: [UInt8]) -> String { unpadded.encode(bytes) }

  /// The bytes, or nil when the text differs from what ``encodeUnpadded(_:)`` writes.
  package static func decodeUnpadded(_ text: some StringProtocol) -> [UInt8]? { unpadded.decode(text.utf8) }
}

/// The URL-safe alphabet without padding (RFC 4648, section 5; RFC 7515, appendix C): tokens, keys, cursors.
///
/// Decoding is strict: each byte string has exactly one accepted text, so a token has one spelling.
package enum Base64URL {
  private static let alphabet = Base64Alphabet(lastTwo: "-_", isPadded: false)

  /// The text, without `=`.
  package static func encode(_ bytes: [UInt8]) -> String { alphabet.encode(bytes) }

  /// The bytes, or nil when the text differs from what ``encode(_:)`` writes.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? { alphabet.decode(text.utf8) }

  /// Decodes text given as bytes.
  package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? { alphabet.decode(text) }
}

/// One of the two alphabets of RFC 4648 with its padding rule. Both alphabets share the coding.
///
/// The decoder rejects white space, characters of the other alphabet, and padding that breaks the rule. It also rejects
/// a last character whose unused bits are not zero, so that each byte string has exactly one text.
private struct Base64Alphabet: Sendable {
  private let characters: [UInt8]
  private let values: [UInt8]
  private let isPadded: Bool

  private static let invalid: UInt8 = 0xFF
  private static let padding = UInt8(ascii: "=")

  init(lastTwo: String, isPadded: Bool) {
    characters = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + lastTwo).utf8)
    var values = [UInt8](repeating: Self.invalid, count: 256)
    for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
    self.values = values
    self.isPadded = isPadded
  }

  func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      append(group, to: &text)
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func append(_ group: ArraySlice<UInt8>, to text: inout [UInt8]) {
    var bits: UInt32 = 0
    for byte in group { bits = bits << 8 | UInt32(byte) }
    bits <<= UInt32(8 * (3 - group.count))
    for position in 0...group.count {
      text.append(characters[Int(bits >> UInt32(18 - 6 * position)) & 0x3F])
    }
    if isPadded { text.append(contentsOf: repeatElement(Self.padding, count: 3 - group.count)) }
  }

  func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    var characters = Array(text)
    if isPadded {
      guard characters.count.isMultiple(of: 4) else { return nil }
      for _ in 0..<2 where characters.last == Self.padding { characters.removeLast() }
    }
    guard characters.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count * 3 / 4)
    var bits: UInt32 = 0
    var bitCount: UInt32 = 0
    for character in characters {
      let value = values[Int(character)]
      guard value != Self.invalid else { return nil }
      bits = (bits << 6 | UInt32(value)) & 0xFFFF
      bitCount += 6
      guard bitCount >= 8 else { continue }
      bitCount -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
    }
    let unused = bits & ((1 << bitCount) - 1)
    return unused == 0 ? bytes : nil
  }
}
