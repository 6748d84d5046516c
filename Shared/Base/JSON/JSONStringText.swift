import Glibc

/// Validates the content of a string and decodes its escapes (RFC 8259, section 7).
enum JSONStringText {
  /// Finds the closing quote and validates everything before it.
  @inline(__always)
  static func end(
    of text: UnsafeBufferPointer<UInt8>, from start: Int
  ) throws(JSONError) -> (end: Int, hasEscapes: Bool) {
    var index = start
    var hasEscapes = false
    while true {
      index = EscapeSearch.firstNotable(in: text, from: index)
      guard index < text.count else { throw JSONError(.malformed, "A string is not terminated.", at: start) }
      switch text[index] {
      case UInt8(ascii: "\""): return (index, hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        let letter = index &+ 1 < text.count ? text[index &+ 1] : 0
        index = byte(ofEscape: letter) != nil ? index &+ 2 : try escape(in: text, at: index).next
      case 0x80...: index = try UTF8Sequence.end(in: text, at: index)
      default: throw JSONError(.malformed, "A string contains a control character.", at: index)
      }
    }
  }

  /// The position of an escape for U+0000 in a string that ``end(of:from:)`` has validated.
  static func nullCharacter(
    in text: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
  ) throws(JSONError) -> Int? {
    var index = start
    while let next = text[index..<end].firstIndex(of: UInt8(ascii: "\\")) {
      let (scalar, after) = try escape(in: text, at: next)
      if scalar.value == 0 { return next }
      index = after
    }
    return nil
  }

  /// Decodes a string with escapes that the scanner has validated.
  static func decoded(_ text: UnsafeBufferPointer<UInt8>) throws(JSONError) -> String {
    var failure: JSONError?
    // An escape is longer than the text that it stands for.
    let decoded = String(unsafeUninitializedCapacity: text.count) { buffer in
      do throws(JSONError) {
        return try decode(text, into: buffer)
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    return decoded
  }

  private static func decode(
    _ text: UnsafeBufferPointer<UInt8>, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(JSONError) -> Int {
    guard let start = text.baseAddress, let target = buffer.baseAddress else { return 0 }
    var (index, count) = (0, 0)
    while index < text.count {
      let next =
        memchr(start + index, CInt(UInt8(ascii: "\\")), text.count - index)
        .map { start.distance(to: $0.assumingMemoryBound(to: UInt8.self)) } ?? text.count
      memcpy(target + count, start + index, next - index)
      count += next - index
      guard next < text.count else { break }
      if let byte = byte(ofEscape: start[next + 1]) {
        target[count] = byte
        count += 1
        index = next + 2
        continue
      }
      let (scalar, end) = try escape(in: text, at: next)
      for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
        target[count] = byte
        count += 1
      }
      index = end
    }
    return count
  }

  /// The byte that a backslash and this letter stand for; nil for `u` and for letters that no escape has.
  @inline(__always)
  private static func byte(ofEscape letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    default: nil
    }
  }

  /// Reads the escape that begins with the backslash at `start`.
  private static func escape(
    in text: UnsafeBufferPointer<UInt8>, at start: Int
  ) throws(JSONError) -> (scalar: Unicode.Scalar, next: Int) {
    let letter = start + 1 < text.count ? text[start + 1] : 0
    if let byte = byte(ofEscape: letter) { return (Unicode.Scalar(byte), start + 2) }
    guard letter == UInt8(ascii: "u") else {
      throw JSONError(.malformed, "The escape sequence is unknown.", at: start)
    }
    return try unicodeEscape(in: text, at: start)
  }

  /// Reads `\uXXXX`, or a pair of them when the first is a high surrogate.
  private static func unicodeEscape(
    in text: UnsafeBufferPointer<UInt8>, at start: Int
  ) throws(JSONError) -> (scalar: Unicode.Scalar, next: Int) {
    guard let unit = codeUnit(in: text, at: start) else {
      throw JSONError(.malformed, "Four hexadecimal digits are expected here.", at: start)
    }
    if let scalar = Unicode.Scalar(unit) { return (scalar, start + 6) }
    guard unit < 0xDC00, let low = codeUnit(in: text, at: start + 6), 0xDC00..<0xE000 ~= low,
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw JSONError(.malformed, "A surrogate is not part of a pair.", at: start) }
    return (scalar, start + 12)
  }

  private static func codeUnit(in text: UnsafeBufferPointer<UInt8>, at start: Int) -> UInt32? {
    guard start + 6 <= text.count, text[start] == UInt8(ascii: "\\"), text[start + 1] == UInt8(ascii: "u")
    else {
      return nil
    }
    var unit: UInt32 = 0
    for byte in text[(start + 2)..<(start + 6)] {
      guard let digit = hexValue(byte) else { return nil }
      unit = unit << 4 | digit
    }
    return unit
  }

  private static func hexValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - 0x30)
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - 0x57)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - 0x37)
    default: nil
    }
  }
}
