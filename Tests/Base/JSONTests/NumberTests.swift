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
