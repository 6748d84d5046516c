/// One of the two alphabets of RFC 4648 with its rule for padding; the coding itself is the same for both.
///
/// Decoding is strict: no white space, no characters of the other alphabet, padding exactly as the rule says, and
/// the unused bits of the last character must be zero, so that every byte string has exactly one text.
struct Base64Alphabet: Sendable {
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
