import Foundation
import JSON
import Testing

@Suite struct EncodingTests {
  private func text(_ value: some Encodable) throws -> String {
    String(decoding: try JSONCoding.encode(value), as: UTF8.self)
  }

  @Test func `members are written in the type's order, without spaces`() throws {
    struct Row: Encodable {
      let id = 7
      let name = "a"
      let missing: String? = nil
      let flags = [true, false]
      let ratio = 0.5
      let nested = ["k": [Int?.none, 1]]
    }
    #expect(
      try text(Row()) == #"{"id":7,"name":"a","flags":[true,false],"ratio":0.5,"nested":{"k":[null,1]}}"#)
  }

  @Test func `only the characters that need an escape are escaped`() throws {
    let value = "a\"b\\c/d\n\r\t\u{8}\u{C}\u{0}\u{1F}\u{7F}é€\u{1F600}\u{2028}"
    #expect(
      try text(value)
        == "\"a\\\"b\\\\c/d\\n\\r\\t\\b\\f\\u0000\\u001f\u{7F}é€\u{1F600}\u{2028}\"")
    #expect(try JSONCoding.decode(String.self, from: try JSONCoding.encode(value)) == value)
  }

  @Test func `a special character is escaped at every position of a long string`() throws {
    for place in 0..<40 {
      for special in ["\"", "\\", "\n", "\u{1F}"] {
        let value = String(repeating: "x", count: place) + special + String(repeating: "y", count: 40 - place)
        #expect(try JSONCoding.decode(String.self, from: try JSONCoding.encode(value)) == value)
        #expect(try JSONDecoder().decode(String.self, from: Data(try JSONCoding.encode(value))) == value)
      }
    }
  }

  @Test func `special characters are found in strings of every length`() throws {
    for length in 1...26 {
      for place in 0..<length {
        var characters = [Character](repeating: "x", count: length)
        characters[place] = "\""
        characters[length - 1] = "é"
        let value = String(characters)
        let bytes = try JSONCoding.encode([value, value])
        #expect(try JSONDecoder().decode([String].self, from: Data(bytes)) == [value, value])
        #expect(try JSONCoding.decode([String].self, from: bytes) == [value, value])
      }
    }
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "-0.0"), (1.0, "1"), (-2.5, "-2.5"), (0.1, "0.1"), (1e15, "1000000000000000"),
    (.leastNonzeroMagnitude, "5e-324"), (9_007_199_254_740_992, "9007199254740992.0"), (1e300, "1e+300"),
  ])
  func `a double is written as the shortest text that reads back`(value: Double, expected: String) throws {
    #expect(try text(value) == expected)
    let read = try JSONCoding.decode(Double.self, from: Array(expected.utf8))
    #expect(read == value && read.sign == value.sign)
  }

  @Test func `a list counts as a level of nesting`() throws {
    struct Level: Encodable {
      let depth: Int

      func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        if depth == 2 { try container.encode([0.5]) } else { try container.encode(Level(depth: depth - 1)) }
      }
    }
    #expect(try text(Level(depth: 3)) == "[[[0.5]]]")
    let deepest = try JSONCoding.encode(Level(depth: JSONCoding.maximumWrittenDepth))
    #expect(deepest.count == 2 * JSONCoding.maximumWrittenDepth + 3)
    let error = #expect(throws: JSONError.self) {
      try JSONCoding.encode(Level(depth: JSONCoding.maximumWrittenDepth + 1))
    }
    #expect(error?.kind == .unwritable)
  }

  @Test func `an integer of any length is written digit for digit`() throws {
    var value: UInt64 = 1
    for length in 1...19 {
      for near in [value - 1, value, value + 1] { #expect(try text(near) == String(near)) }
      if length < 19 { value *= 10 }
    }
    #expect(try text(UInt64.max) == String(UInt64.max))
  }

  @Test func `a float is written as the shortest text of its own precision`() throws {
    #expect(try text([Float(0.1), 16_777_216]) == "[0.1,16777216.0]")
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `encoding infinity or NaN is an error`(value: Double) {
    let error = #expect(throws: JSONError.self) { try JSONCoding.encode([value]) }
    #expect(error?.kind == .unwritable)
    #expect(throws: JSONError.self) { try JSONCoding.encode(Float(value)) }
  }

  @Test func `encoding a value nested beyond the limit is an error`() throws {
    func nested(_ depth: Int) -> JSONValue { (0..<depth).reduce(.null) { value, _ in .array([value]) } }
    _ = try JSONCoding.encode(nested(JSONCoding.maximumWrittenDepth))
    #expect(throws: JSONError.self) { try JSONCoding.encode(nested(JSONCoding.maximumWrittenDepth + 1)) }
  }

  @Test func `a value that was decoded at the deepest level can be encoded inside others`() throws {
    let levels = JSONCoding.maximumDepth
    let text = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    let value = try JSONCoding.decode(JSONValue.self, from: Array(text.utf8))
    let page: JSONValue = ["items": [["value": value]]]
    #expect(try JSONCoding.encode(page).count == text.utf8.count + #"{"items":[{"value":}]}"#.utf8.count)
  }

  @Test func `a type may write its members in two steps`() throws {
    struct Base: Encodable { let id = 1 }
    struct Extended: Encodable {
      enum Keys: String, CodingKey { case extra }
      func encode(to encoder: any Encoder) throws {
        try Base().encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode([2], forKey: .extra)
      }
    }
    #expect(try text([Extended(), Extended()]) == #"[{"id":1,"extra":[2]},{"id":1,"extra":[2]}]"#)
  }

  @Test func `a nested container is closed when its parent writes again`() throws {
    struct Manual: Encodable {
      enum Keys: String, CodingKey { case a, b, c, d }
      func encode(to encoder: any Encoder) throws {
        var root = encoder.container(keyedBy: Keys.self)
        var list = root.nestedUnkeyedContainer(forKey: .a)
        try list.encode(1)
        var inner = list.nestedContainer(keyedBy: Keys.self)
        try inner.encode("x", forKey: .b)
        _ = list.nestedUnkeyedContainer()
        try list.encodeNil()
        try root.encode(2, forKey: .c)
        try 3.encode(to: root.superEncoder(forKey: .d))
        _ = root.superEncoder()
      }
    }
    #expect(try text(Manual()) == #"{"a":[1,{"b":"x"},[],null],"c":2,"d":3,"super":{}}"#)
  }

  @Test func `writing to a closed container is an error`() {
    struct Tangled: Encodable {
      enum Keys: String, CodingKey { case a, b }
      func encode(to encoder: any Encoder) throws {
        var root = encoder.container(keyedBy: Keys.self)
        var first = root.nestedUnkeyedContainer(forKey: .a)
        var second = root.nestedUnkeyedContainer(forKey: .b)
        try second.encode(1)
        try first.encode(2)
      }
    }
    let error = #expect(throws: JSONError.self) { try JSONCoding.encode(Tangled()) }
    #expect(error?.kind == .unwritable)
  }

  @Test func `a type that writes nothing becomes an empty object`() throws {
    struct Nothing: Encodable { func encode(to encoder: any Encoder) {} }
    #expect(try text([Nothing()]) == "[{}]")
    #expect(try text(Nothing()) == "{}")
  }

  @Test func `Foundation reads the value that was written`() throws {
    let user = try JSONCoding.decode(DecodingTests.User.self, from: Array(DecodingTests.sound.utf8))
    let bytes = try JSONCoding.encode(user)
    #expect(try JSONDecoder().decode(DecodingTests.User.self, from: Data(bytes)) == user)
    let theirs = Array(try JSONEncoder().encode(user))
    #expect(try JSONCoding.decode(DecodingTests.User.self, from: theirs) == user)
  }
}
