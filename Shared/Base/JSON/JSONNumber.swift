/// Converts number texts that the scanner has validated.
enum JSONNumber {
  /// An integer; nil when it does not fit the type.
  @inline(__always)
  static func integer<Value: FixedWidthInteger>(
    _ type: Value.Type, _ text: UnsafeBufferPointer<UInt8>
  ) -> Value? {
    let isNegative = text.first == UInt8(ascii: "-")
    var magnitude: UInt64 = 0
    for byte in text.dropFirst(isNegative ? 1 : 0) {
      let (product, overflowed) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(UInt64(byte &- 0x30))
      guard !overflowed, !carried else { return nil }
      magnitude = sum
    }
    guard isNegative else { return Value(exactly: magnitude) }
    guard magnitude <= Int64.min.magnitude else { return nil }
    return Value(exactly: Int64(truncatingIfNeeded: 0 &- magnitude))
  }

  /// Any number; nil when it is too large for a double. A number too small for a double becomes zero.
  static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    if let value = ShortDecimal(text)?.nearestDouble { return value }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }
}
