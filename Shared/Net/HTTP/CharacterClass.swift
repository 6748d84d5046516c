/// Character classes of HTTP's grammar (RFC 9110, section 5.6; RFC 3986, appendix A).
///
/// Constants hold them as bit sets. A table would be a lazy global, which costs a check for every byte.
enum CharacterClass {
  private static let tokenLow: UInt64 = 0x03FF_6CFA_0000_0000
  private static let tokenHigh: UInt64 = 0x57FF_FFFF_C7FF_FFFE

  /// `tchar`: letters, digits and !#$%&'*+-.^_`|~
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool {
    guard byte < 128 else { return false }
    let word = byte < 64 ? tokenLow : tokenHigh
    return (word >> UInt64(byte & 63)) & 1 == 1
  }

  /// The bytes of a field value: visible characters, space, tab and obs-text.
  @inline(__always)
  static func isFieldValue(_ byte: UInt8) -> Bool {
    (byte >= 0x20 && byte != 0x7F) || byte == 0x09
  }

  /// Whether all bytes are those of a field value. It looks at eight at a time: values are the most of a request's head.
  @inline(__always)
  static func areFieldValue(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = UnsafeRawBufferPointer(bytes)
    var index = 0
    var suspects: UInt64 = 0
    while index &+ 8 <= bytes.count {
      suspects |= controls(in: start.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index &+= 8
    }
    // Tabs are suspects too, so a word with one is looked at again.
    if suspects != 0 { index = 0 }
    while index < bytes.count {
      guard isFieldValue(bytes[index]) else { return false }
      index &+= 1
    }
    return true
  }

  /// A number that is not zero where one of the eight bytes is below a space or is DEL.
  @inline(__always)
  private static func controls(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    let belowSpace = (word &- ones &* 0x20) & ~word
    let withoutDelete = word ^ (ones &* 0x7F)
    let delete = (withoutDelete &- ones) & ~withoutDelete
    return (belowSpace | delete) & highs
  }

  /// The bytes of a request target: visible ASCII except `#`, which begins a fragment.
  @inline(__always)
  static func isTarget(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
  }

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// The value of a hexadecimal digit, or nil.
  @inline(__always)
  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- 0x30
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- 0x57
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- 0x37
    default: nil
    }
  }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }

  /// Compares two texts and ignores the case of ASCII letters.
  @inline(__always)
  static func equalIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>)
    -> Bool
  {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left[index] != right[index] {
      guard lowercased(left[index]) == lowercased(right[index]) else { return false }
    }
    return true
  }

  /// Compares a text with a literal and ignores the case of ASCII letters.
  @inline(__always)
  static func equalIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: StaticString) -> Bool {
    equalIgnoringCase(left, UnsafeBufferPointer(start: right.utf8Start, count: right.utf8CodeUnitCount))
  }
}
