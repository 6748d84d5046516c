/// Converts number texts that the scanner has validated.
enum JSONNumber {
  /// Powers of ten that a double represents exactly.
  private static let exactPowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

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
    if let value = shortDecimal(text) { return value }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }

  /// Converts up to 15 digits without an exponent. A double represents both operands exactly, so the single division
  /// rounds correctly (William Clinger, "How to Read Floating Point Numbers Accurately", 1990).
  private static func shortDecimal(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard text.count <= 17 else { return nil }
    var mantissa: Int64 = 0
    var digits = 0
    var fraction: Int?
    for byte in text {
      switch byte {
      case UInt8(ascii: "-"): break
      case UInt8(ascii: "."): fraction = digits
      case 0x30...0x39:
        mantissa = mantissa &* 10 &+ Int64(byte &- 0x30)
        digits &+= 1
      default: return nil
      }
    }
    guard digits <= 15 else { return nil }
    let value = Double(mantissa) / exactPowers[fraction.map { digits - $0 } ?? 0]
    return text.first == UInt8(ascii: "-") ? -value : value
  }
}
