/// The position and length of a part of a message's head, in bytes.
///
/// A request stores one copy of its head with spans into it, and makes strings only on access.
struct ByteSpan: Sendable, Hashable {
  let start: UInt32
  let count: UInt32

  init(start: Int, count: Int) {
    self.start = UInt32(truncatingIfNeeded: start)
    self.count = UInt32(truncatingIfNeeded: count)
  }

  static let empty = ByteSpan(start: 0, count: 0)

  @inline(__always)
  var range: Range<Int> { Int(start)..<(Int(start) &+ Int(count)) }
}

extension UnsafeBufferPointer<UInt8> {
  @inline(__always)
  func part(_ span: ByteSpan) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: self[span.range])
  }

  @inline(__always)
  func part(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: self[range])
  }

  /// Whether the bytes begin with this text.
  @inline(__always)
  func begins(with text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount <= count else { return false }
    for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] { return false }
    return true
  }
}
