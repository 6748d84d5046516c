/// Reads the fixed-width numbers of dates and times from ASCII, byte by byte, without allocating.
struct DigitReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { position == bytes.count }

  var next: UInt8? { isAtEnd ? nil : bytes[position] }

  /// Consumes the next byte when it is one of `wanted`.
  mutating func take(_ wanted: UInt8...) -> Bool {
    guard let next, wanted.contains(next) else { return false }
    position += 1
    return true
  }

  /// A number of exactly `count` digits.
  mutating func number(ofDigits count: Int) -> Int? {
    var value = 0
    for _ in 0..<count {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// The digits after a decimal point as millionths. Digits beyond the sixth are dropped; nil without a digit.
  mutating func millionths() -> Int? {
    guard var value = digit() else { return nil }
    var count = 1
    while let digit = digit() {
      if count < 6 { value = value * 10 + digit }
      count += 1
    }
    while count < 6 {
      value *= 10
      count += 1
    }
    return value
  }

  mutating func day() -> CivilDay? {
    guard let year = number(ofDigits: 4), take(UInt8(ascii: "-")), let month = number(ofDigits: 2),
      take(UInt8(ascii: "-")), let day = number(ofDigits: 2)
    else { return nil }
    let civil = CivilDay(year: year, month: month, day: day)
    return civil.exists ? civil : nil
  }

  private mutating func digit() -> Int? {
    guard let next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) else { return nil }
    position += 1
    return Int(next - UInt8(ascii: "0"))
  }
}

extension StringProtocol {
  /// The UTF-8 of the text as one contiguous buffer.
  func withDigits<Result>(_ body: (DigitReader) -> Result) -> Result {
    var copy = String(self)
    return copy.withUTF8 { body(DigitReader($0)) }
  }
}
