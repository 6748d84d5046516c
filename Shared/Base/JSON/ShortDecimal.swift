/// A number of at most 19 significant digits: a whole number times a power of ten.
struct ShortDecimal: Sendable, Hashable {
  let magnitude: UInt64
  let exponent: Int16
  let isNegative: Bool

  /// Any number of so many digits fits 64 bits.
  private static let digitLimit = 19
  /// Beyond this, an exponent is out of a double's range for any digits.
  private static let exponentLimit = 1_000

  /// Reads a number that the scanner has validated; nil when it has more digits, or a large exponent.
  @inline(__always)
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    var (magnitude, digits, exponent, afterPoint) = (UInt64(0), 0, 0, 0)
    var index = text.first == UInt8(ascii: "-") ? 1 : 0
    isNegative = index == 1
    while index < text.count {
      let byte = text[index]
      index &+= 1
      if byte == UInt8(ascii: ".") {
        afterPoint = 1
      } else if byte | 0x20 == UInt8(ascii: "e") {
        guard let power = Self.power(text, from: index) else { return nil }
        exponent &+= power
        break
      } else {
        // Before the digit is added: 2^64 would leave zero, which has no significant digits.
        if digits > 0 || byte != UInt8(ascii: "0") { digits &+= 1 }
        guard digits <= Self.digitLimit else { return nil }
        magnitude = magnitude &* 10 &+ UInt64(byte &- 0x30)
        exponent &-= afterPoint
      }
    }
    guard let exponent = Int16(exactly: exponent) else { return nil }
    self.magnitude = magnitude
    self.exponent = exponent
  }

  private static func power(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    let hasSign = text[start] == UInt8(ascii: "-") || text[start] == UInt8(ascii: "+")
    var power = 0
    for byte in text[(hasSign ? start &+ 1 : start)...] {
      power = power &* 10 &+ Int(byte &- 0x30)
      guard power <= exponentLimit else { return nil }
    }
    return text[start] == UInt8(ascii: "-") ? -power : power
  }
}

extension ShortDecimal {
  /// Powers of ten that a double represents exactly.
  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
  ]

  /// The powers of five that fit 64 bits.
  private static let powersOfFive: [UInt64] = (0..<28).map { power in
    (0..<power).reduce(1) { product, _ in product * 5 }
  }

  /// The nearest double, ties to even; nil beyond the powers of five that fit 64 bits, which is rare.
  ///
  /// Where a double represents both operands exactly, one operation rounds correctly (William Clinger, "How to Read
  /// Floating Point Numbers Accurately", 1990). Otherwise, 128 bits hold the exact product, or the quotient with the fact
  /// whether anything remains, and the conversion of 64 of these bits rounds correctly.
  var nearestDouble: Double? {
    let power = Int(exponent.magnitude)
    let value: Double
    if magnitude < 1 << 53, power < Self.powersOfTen.count {
      let exact = Double(magnitude)
      value = exponent < 0 ? exact / Self.powersOfTen[power] : exact * Self.powersOfTen[power]
    } else if magnitude == 0 {
      value = 0
    } else if power < Self.powersOfFive.count {
      value =
        exponent < 0
        ? quotient(by: Self.powersOfFive[power], power) : product(with: Self.powersOfFive[power], power)
    } else {
      return nil
    }
    return isNegative ? -value : value
  }

  /// The double nearest to `magnitude / (five * 2^power)`. Both operands are shifted, so that the quotient has 63 or 64
  /// bits.
  private func quotient(by five: UInt64, _ power: Int) -> Double {
    let (shift, fiveShift) = (magnitude.leadingZeroBitCount, five.leadingZeroBitCount)
    let dividend = magnitude << UInt64(shift)
    let (quotient, remainder) = (five << UInt64(fiveShift)).dividingFullWidth((dividend >> 1, dividend << 63))
    return Self.double(quotient, hasRest: remainder != 0, exponent: fiveShift - shift - 63 - power)
  }

  /// The double nearest to `magnitude * five * 2^power`.
  private func product(with five: UInt64, _ power: Int) -> Double {
    let (high, low) = magnitude.multipliedFullWidth(by: five)
    guard high > 0 else { return Self.double(low, hasRest: false, exponent: power) }
    let shift = UInt64(high.leadingZeroBitCount)
    let top = shift == 0 ? high : high << shift | low >> (64 - shift)
    return Self.double(top, hasRest: low << shift != 0, exponent: power + 64 - Int(shift))
  }

  /// Rounds once, in the conversion. A rest is only below the 11 bits that a double lacks, so one bit stands for it. The
  /// power of two is exact.
  private static func double(_ bits: UInt64, hasRest: Bool, exponent: Int) -> Double {
    Double(hasRest ? bits | 1 : bits) * Double(bitPattern: UInt64(exponent + 1_023) << 52)
  }
}
