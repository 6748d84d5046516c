/// Validates UTF-8 sequences of two to four bytes (RFC 3629, section 4).
enum UTF8Sequence {
  /// The end of the sequence that begins at `start`. It refuses overlong forms, surrogates and scalars beyond U+10FFFF.
  static func end(in text: UnsafeBufferPointer<UInt8>, at start: Int) throws(JSONError) -> Int {
    let second = start + 1 < text.count ? text[start + 1] : 0
    let length: Int
    switch (text[start], second) {
    case (0xC2...0xDF, 0x80...0xBF): length = 2
    case (0xE0, 0xA0...0xBF), (0xE1...0xEC, 0x80...0xBF), (0xED, 0x80...0x9F), (0xEE...0xEF, 0x80...0xBF):
      length = 3
    case (0xF0, 0x90...0xBF), (0xF1...0xF3, 0x80...0xBF), (0xF4, 0x80...0x8F): length = 4
    default: throw invalid(at: start)
    }
    guard start + length <= text.count else { throw invalid(at: start) }
    for byte in text[(start + 2)..<(start + length)] where byte & 0xC0 != 0x80 { throw invalid(at: start) }
    return start + length
  }

  private static func invalid(at offset: Int) -> JSONError {
    JSONError(.malformed, "A string is not UTF-8.", at: offset)
  }
}
