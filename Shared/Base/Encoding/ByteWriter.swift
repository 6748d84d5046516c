/// Writes a line or a head piece by piece into memory whose size was checked once for all pieces.
///
/// A piece that does not fit ends the process, so the caller's bound must hold for every input.
///
/// It is `public`, because the compiler then inlines its methods in other modules: a constant text becomes a few stores, and
/// a line of the access log has thirty of them. As `package`, each was a call of 40 instructions (measured).
public struct ByteWriter: ~Copyable {
  @usableFromInline var next: UnsafeMutablePointer<UInt8>
  @usableFromInline let end: UnsafeMutablePointer<UInt8>

  fileprivate init(from start: UnsafeMutablePointer<UInt8>, to end: UnsafeMutablePointer<UInt8>) {
    next = start
    self.end = end
  }

  /// The number of bytes since this position.
  fileprivate func count(since start: UnsafeMutablePointer<UInt8>) -> Int { next - start }

  /// Appends these bytes.
  @inlinable @inline(__always)
  public mutating func append(copying bytes: UnsafeBufferPointer<UInt8>) {
    guard let source = bytes.baseAddress else { return }
    precondition(bytes.count <= end - next, "a piece must fit into the capacity that was asked for")
    next.update(from: source, count: bytes.count)
    next += bytes.count
  }

  /// Appends the bytes of a constant text.
  @inlinable @inline(__always)
  public mutating func append(_ text: StaticString) {
    append(copying: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends these bytes.
  @inlinable @inline(__always)
  public mutating func append(_ bytes: borrowing [UInt8]) {
    bytes.withUnsafeBufferPointer { append(copying: $0) }
  }

  /// Appends one byte.
  @inlinable @inline(__always)
  public mutating func append(_ byte: UInt8) {
    precondition(next < end, "a piece must fit into the capacity that was asked for")
    next.pointee = byte
    next += 1
  }

  /// Appends a number in decimal: at most 20 bytes.
  package mutating func append(decimal number: UInt64) {
    if number < 10 { return append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number)) }
    var digits = 1
    var bound: UInt64 = 10
    while number >= bound {
      digits += 1
      let (next, overflows) = bound.multipliedReportingOverflow(by: 10)
      if overflows { break }
      bound = next
    }
    precondition(digits <= end - next, "a piece must fit into the capacity that was asked for")
    var rest = number
    for index in stride(from: digits - 1, through: 0, by: -1) {
      next[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    next += digits
  }
}

extension [UInt8] {
  /// Appends what `write` writes, at most `capacity` bytes.
  @inline(__always)
  package mutating func append(upTo capacity: Int, _ write: (inout ByteWriter) -> Void) {
    append(addingCapacity: capacity) { output in
      output.withUnsafeMutableBufferPointer { memory, count in
        guard let base = memory.baseAddress else { return }
        var writer = ByteWriter(from: base + count, to: base + memory.count)
        write(&writer)
        count += writer.count(since: base + count)
      }
    }
  }
}
