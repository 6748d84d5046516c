/// Finds the bytes that a JSON string must escape: quotes, backslashes and control characters.
///
/// It is `public`, because the compiler then inlines its search in other modules: a line of the access log has five strings.
public enum EscapeSearch {
  @inlinable static var ones: UInt64 { 0x0101_0101_0101_0101 }
  @inlinable static var highs: UInt64 { 0x8080_8080_8080_8080 }

  /// The index of the first special byte at or after `start`, or the count. It checks eight bytes in one step.
  @inlinable @inline(__always)
  public static func firstSpecial(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard let base = text.baseAddress else { return text.count }
    let raw = UnsafeRawPointer(base)
    var index = start
    while index &+ 8 <= text.count {
      let found = specials(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      guard found == 0 else { return index &+ firstByte(found) }
      index &+= 8
    }
    if index < text.count, isPlainEnd(raw, text.count) { return text.count }
    while index < text.count, !isSpecial(base[index]) { index &+= 1 }
    return index
  }

  /// Whether the last bytes, at most eight, have no special one: in one step, some of them twice. False also where there are
  /// fewer than four.
  @inlinable @inline(__always)
  static func isPlainEnd(_ raw: UnsafeRawPointer, _ count: Int) -> Bool {
    if count >= 8 { return specials(raw.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)) == 0 }
    guard count >= 4 else { return false }
    let first = raw.loadUnaligned(as: UInt32.self)
    let last = raw.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
    return specials(UInt64(first) &<< 32 | UInt64(last)) == 0
  }

  /// The index of the first special byte, or byte beyond ASCII, at or after `start`, or the count.
  @inline(__always)
  static func firstNotable(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard let base = text.baseAddress else { return text.count }
    let raw = UnsafeRawPointer(base)
    var index = start
    while index &+ 8 <= text.count {
      let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let found = (word & highs) | specials(word)
      guard found == 0 else { return index &+ firstByte(found) }
      index &+= 8
    }
    while index < text.count, base[index] < 0x80, !isSpecial(base[index]) { index &+= 1 }
    return index
  }

  @inlinable @inline(__always)
  static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// The highest bit of each special byte among eight, the first of them exactly: beyond it, a borrow may mark others
  /// (Sean Eron Anderson, "Bit Twiddling Hacks", a byte less than n).
  @inlinable @inline(__always)
  static func specials(_ word: UInt64) -> UInt64 {
    let quotes = word ^ (ones &* 0x22)
    let slashes = word ^ (ones &* 0x5C)
    let controls = (word &- ones &* 0x20) & ~word
    return (controls | ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)) & highs
  }

  /// The position in memory of the first marked byte.
  @inlinable @inline(__always)
  static func firstByte(_ marks: UInt64) -> Int { marks.littleEndian.trailingZeroBitCount &>> 3 }
}
