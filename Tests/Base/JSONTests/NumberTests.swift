import Glibc
import JSON
import TestSupport
import Testing

@Suite struct NumberTests {
  @Test func `a decimal text decodes to the nearest double`() throws {
    var random = SplitMix64(seed: 0xD0_0B1E)
    try expectNearest((0..<20_000).map { _ in decimal(using: &random) })
  }

  @Test func `a double is written with the digits of its description, without a fraction where it is whole`()
    throws
  {
    var random = SplitMix64(seed: 0x7E27)
    var values = [
      -0.0, 0.001, 0.0005, 1e-4, 9.9e-5, 0.000101, 1e-6, 0.0015, 999_999_999_999.999, 1_000_000_000_000.001,
      9_007_199_254_740.993,
    ]
    for _ in 0..<20_000 {
      let digits = Double(random.next() >> (14 + random.next() % 50))
      let value = digits / [1, 10, 100, 1_000, 10_000, 1e6][Int(random.next() % 6)]
      values += [value, -value, value.nextUp, value.nextDown]
    }
    for value in values where value != value.rounded() || value.sign == .minus && value == 0 {
      #expect(String(decoding: try JSONCoding.encode(value), as: UTF8.self) == value.description)
    }
  }

  @Test func `the digits of a double decode to that double`() throws {
    var random = SplitMix64(seed: 0xD161)
    let values = (0..<20_000).map { _ in
      Double(Int64(bitPattern: random.next()) % 180_000_000_000_000) / 1e12
    }
    #expect(try JSONCoding.decode([Double].self, from: try JSONCoding.encode(values)) == values)
  }

  /// The nearest double of such a text depends on its last digit.
  @Test func `a number half way between two doubles decodes to the even one`() throws {
    var random = SplitMix64(seed: 0x4A1F)
    try expectNearest(
      (0..<20_000).map { _ in
        let half = ((random.next() >> 11 | 1 << 52) << 1 | 1) << (random.next() % 10)
        let (whole, digit) = half.quotientAndRemainder(dividingBy: 10)
        return ["\(half)", "\(half).0", "\(whole).\(digit)e1", "\(half)1e-1"][Int(random.next() % 4)]
      })
  }

  @Test(arguments: [
    "0", "-0", "0.0", "-0.0e5", "0e400", "18446744073709551615", "18446744073709551616",
    "9999999999999999999", "10000000000000000000", "9007199254740993", "9007199254740993e22", "1e22", "1e23",
    "123456789012345678e9",
    "9999999999999999999e27", "9999999999999999999e28", "1e-22", "1e-23", "9999999999999999999e-27",
    "9999999999999999999e-28", "3e-28", "5e-324", "2e-324", "1e-400", "1.7976931348623157e308",
    "0.00000000000000000000000000000000000000012345", "1e-1001", "0.1e+0000001", "65.613616999999977",
  ])
  func `a number at a limit of the exact conversion decodes to the nearest double`(text: String) throws {
    try expectNearest([text, "-" + text.trimmingPrefix("-")])
  }

  private func expectNearest(_ texts: [String]) throws {
    let list = "[\(texts.joined(separator: ","))]"
    let values = try JSONCoding.decode([Double].self, from: Array(list.utf8))
    for (text, value) in zip(texts, values) {
      #expect(value.bitPattern == strtod(text, nil).bitPattern, "\(text)")
    }
  }

  @Test func `a double survives a round trip through text`() throws {
    var random = SplitMix64(seed: 0xF00D)
    for _ in 0..<5_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      let bytes = try JSONCoding.encode(value)
      #expect(try JSONCoding.decode(Double.self, from: bytes).bitPattern == value.bitPattern)
    }
  }

  @Test(arguments: [
    "12345678901234567890", "0.1234567890123456789", "-0.1234567890123456789", "1.0", "1.10", "-0", "-0.0",
    "0.0",
    "1e2", "1E+2", "1e-7", "0.00001", "0.0001", "-0.00012", "123456789012345678901234567890.5",
    "1.7976931348623157e308",
    "100000000000000.5", "0.1", "-65.613616999999977", "9223372036854775807", "9223372036854775808",
    "0.0012300",
  ])
  func `any number survives a trip through a value digit for digit`(text: String) throws {
    let value = try JSONCoding.decode(JSONValue.self, from: Array("[\(text),{\"a\":\(text)}]".utf8))
    #expect(
      String(decoding: try JSONCoding.encode(value), as: UTF8.self) == "[\(text),{\"a\":\(text)}]")
  }

  @Test func `random numbers survive a trip through a value digit for digit`() throws {
    var random = SplitMix64(seed: 0x5EED)
    for _ in 0..<5_000 {
      let text = decimal(using: &random)
      let value = try JSONCoding.decode(JSONValue.self, from: Array(text.utf8))
      #expect(try JSONCoding.encode(value) == Array(text.utf8), "\(text)")
    }
  }

  @Test(arguments: ["1e999", "-1e400"]) func `a number beyond a double's range is refused`(text: String) {
    #expect(throws: JSONError.self) { try JSONCoding.decode(JSONValue.self, from: Array(text.utf8)) }
  }

  @Test func `an integer survives a round trip through text`() throws {
    var random = SplitMix64(seed: 0xC0FFEE)
    for _ in 0..<5_000 {
      let value = Int64(bitPattern: random.next()) >> Int64(random.next() % 64)
      let bytes = try JSONCoding.encode(value)
      #expect(bytes == Array(String(value).utf8))
      #expect(try JSONCoding.decode(Int64.self, from: bytes) == value)
    }
  }

  private func decimal(using random: inout SplitMix64) -> String {
    let whole = String(random.next() >> (random.next() % 64))
    var text = (random.next() % 2 == 0 ? "-" : "") + whole
    if random.next() % 3 != 0 { text += "." + String(random.next() >> (random.next() % 64)) }
    if random.next() % 3 == 0 { text += "e" + String(Int64(random.next() % 600) - 300) }
    return Double(text)?.isFinite == true ? text : whole
  }
}
