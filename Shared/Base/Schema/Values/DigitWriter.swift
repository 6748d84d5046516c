/// Writes the fixed-width numbers of dates and times as ASCII into memory that the caller owns.
struct DigitWriter {
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private(set) var count = 0

  init(_ bytes: UnsafeMutableBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  mutating func put(_ scalar: Unicode.Scalar) {
    bytes[count] = UInt8(ascii: scalar)
    count += 1
  }

  mutating func put(_ value: Int, digits: Int) {
    var rest = value
    for position in stride(from: count + digits - 1, through: count, by: -1) {
      bytes[position] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
    count += digits
  }

  mutating func put(_ day: CivilDay) {
    put(day.year, digits: 4)
    put("-")
    put(day.month, digits: 2)
    put("-")
    put(day.day, digits: 2)
  }

  /// The text that `body` writes, which has at most `capacity` bytes.
  static func text(capacity: Int, _ body: (inout DigitWriter) -> Void) -> String {
    String(unsafeUninitializedCapacity: capacity) { buffer in
      var writer = DigitWriter(buffer)
      body(&writer)
      return writer.count
    }
  }
}
