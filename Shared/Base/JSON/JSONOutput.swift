import Glibc

/// A growing buffer of UTF-8 that all containers of one encoding share.
///
/// It is a class because several Codable containers write to it. It uses raw memory because an array in a class pays a
/// uniqueness check for every byte.
final class JSONOutput {
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0

  /// Most responses fit. A longer one doubles the capacity.
  private static let initialCapacity = 1024

  init() {
    capacity = Self.initialCapacity
    base = Self.resized(nil, to: Self.initialCapacity)
  }

  deinit {
    free(base)
  }

  /// `realloc` moves the pages of a large block, and copies nothing.
  private static func resized(_ block: UnsafeMutablePointer<UInt8>?, to capacity: Int)
    -> UnsafeMutablePointer<UInt8>
  {
    guard let moved = realloc(block, capacity) else { preconditionFailure("memory is exhausted") }
    return moved.assumingMemoryBound(to: UInt8.self)
  }

  /// A copy of the written bytes.
  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// The last byte written, or zero. It determines whether a comma is due.
  @inline(__always)
  var last: UInt8 { count > 0 ? base[count &- 1] : 0 }

  @inline(__always)
  func reserve(_ extra: Int) {
    if count &+ extra > capacity { grow(extra) }
  }

  @inline(never)
  private func grow(_ extra: Int) {
    capacity = max(capacity * 2, count + extra)
    base = Self.resized(base, to: capacity)
  }

  @inline(__always)
  func put(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count &+= 1
  }

  @inline(__always)
  func put(_ literal: StaticString) {
    put(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  @inline(__always)
  func put(_ text: UnsafeBufferPointer<UInt8>) {
    guard let start = text.baseAddress else { return }
    reserve(text.count)
    memcpy(base + count, start, text.count)
    count &+= text.count
  }

  @inline(__always)
  func put(_ value: Bool) {
    if value { put("true") } else { put("false") }
  }

  /// Writes any integer.
  @inline(__always)
  func putInteger(_ value: some FixedWidthInteger) {
    if value < 0 { put(UInt8(ascii: "-")) }
    putDigits(UInt64(truncatingIfNeeded: value.magnitude))
  }

  private func putDigits(_ magnitude: UInt64) {
    let digits = Self.digitCount(magnitude)
    reserve(digits)
    var (rest, position) = (magnitude, count &+ digits)
    // A digit depends on the one before it, so pairs of them take half as long.
    while rest >= 100 {
      let pair = rest % 100
      rest /= 100
      position &-= 2
      base[position] = UInt8(truncatingIfNeeded: 0x30 &+ pair / 10)
      base[position &+ 1] = UInt8(truncatingIfNeeded: 0x30 &+ pair % 10)
    }
    if rest >= 10 { base[position &- 2] = UInt8(truncatingIfNeeded: 0x30 &+ rest / 10) }
    base[position &- 1] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
    count &+= digits
  }

  private static func digitCount(_ magnitude: UInt64) -> Int {
    var (digits, rest) = (1, magnitude)
    while rest >= 10_000 {
      rest /= 10_000
      digits &+= 4
    }
    return digits &+ (rest >= 10 ? 1 : 0) &+ (rest >= 100 ? 1 : 0) &+ (rest >= 1_000 ? 1 : 0)
  }

  /// Writes the shortest text that reads back as the same number, and whole numbers without a fraction.
  ///
  /// - Returns: False for infinity and NaN, which JSON cannot represent.
  func put(_ value: Double) -> Bool {
    guard value.isFinite else { return false }
    let whole = Int64(exactly: value)
    if let whole, whole.magnitude < 1 << 53, whole != 0 || value.sign == .plus {
      putInteger(whole)
    } else if !putMillionths(value) {
      var output = self
      value.write(to: &output)
    }
    return true
  }

  /// Writes a number of up to six decimals and 15 digits in all, without a search for its shortest text: no other text of at
  /// most 15 digits reads back as the same number.
  ///
  /// - Returns: False, and nothing is written, for any other number. A small one is written with an exponent.
  private func putMillionths(_ value: Double) -> Bool {
    let scaled = value.magnitude * 1e6
    guard scaled < 1e15, value.magnitude >= 1e-4 else { return false }
    let millionths = UInt64(scaled + 0.5)
    guard Double(millionths) / 1e6 == value.magnitude else { return false }
    if value < 0 { put(UInt8(ascii: "-")) }
    putDigits(millionths / 1_000_000)
    put(UInt8(ascii: "."))
    var rest = UInt32(truncatingIfNeeded: millionths % 1_000_000)
    while rest > 0 {
      put(UInt8(truncatingIfNeeded: 0x30 &+ rest / 100_000))
      rest = rest % 100_000 &* 10
    }
    return true
  }

  func putText(_ text: String) {
    var text = text
    text.withUTF8 { put($0) }
  }

  /// Writes a string in quotes. It reads a native string in place, because `withUTF8` would retain a copy.
  @inline(__always)
  func putString(_ text: String) {
    guard text.utf8.withContiguousStorageIfAvailable({ putString($0) }) == nil else { return }
    var copy = text
    copy.withUTF8 { putString($0) }
  }

  /// Writes a string in quotes. It copies each run without special characters in one step.
  func putString(_ text: UnsafeBufferPointer<UInt8>) {
    reserve(text.count &+ 2)
    base[count] = UInt8(ascii: "\"")
    count &+= 1
    var start = 0
    while true {
      let end = EscapeSearch.firstSpecial(in: text, from: start)
      if end > start, let first = text.baseAddress {
        reserve(end &- start &+ 2)
        memcpy(base + count, first + start, end &- start)
        count &+= end &- start
      }
      guard end < text.count else { break }
      putEscape(text[end])
      start = end &+ 1
    }
    put(UInt8(ascii: "\""))
  }

  private func putEscape(_ byte: UInt8) {
    put(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
    case 0x0A: put(UInt8(ascii: "n"))
    case 0x0D: put(UInt8(ascii: "r"))
    case 0x09: put(UInt8(ascii: "t"))
    case 0x08: put(UInt8(ascii: "b"))
    case 0x0C: put(UInt8(ascii: "f"))
    default:
      put("u00")
      put(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
      let low = byte & 15
      put(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
    }
  }
}

extension JSONOutput: TextOutputStream {
  func write(_ text: String) { putText(text) }

  /// The standard library passes the digits of a double here, without a string for them.
  func _writeASCII(_ text: UnsafeBufferPointer<UInt8>) { put(text) }
}
