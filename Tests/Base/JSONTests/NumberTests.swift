import Glibc
import JSON
import Testing

@Suite struct NumberTests {
  @Test func `a decimal text decodes to the nearest double`() throws {
    var random = SplitMix64(state: 0xD0_0B1E)
    for _ in 0..<5_000 {
      let text = decimal(using: &random)
      let ours = try JSONCoding.decode(Double.self, from: Array(text.utf8))
      #expect(ours.bitPattern == strtod(text, nil).bitPattern, "\(text)")
    }
  }

  @Test func `a double survives a round trip through text`() throws {
    var random = SplitMix64(state: 0xF00D)
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
    var random = SplitMix64(state: 0x5EED)
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
    var random = SplitMix64(state: 0xC0FFEE)
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
