import JSON
import ProtocolExamples
import Testing

/// Which texts are JSON (RFC 8259).
@Suite struct TextTests {
  private func decode(_ text: String) throws(JSONError) -> JSONValue {
    try JSONCoding.decode(JSONValue.self, from: Array(text.utf8))
  }

  @Test(arguments: JSONExamples.sound)
  func `a valid text decodes to the value that Foundation reads`(text: String) throws {
    #expect(try decode(text).agrees(with: Oracle.value(of: Array(text.utf8))))
  }

  @Test(arguments: JSONExamples.malformed)
  func `a text that is not JSON is refused as malformed`(text: String) {
    let error = #expect(throws: JSONError.self) { try decode(text) }
    #expect(error?.kind == .malformed)
    #expect(error?.offset != nil)
  }

  @Test(arguments: [
    (#""\u0000""#, 1), (#"["a\n\u0000"]"#, 5), (#"{"\u0000":1}"#, 2),
    (#"{"a":{"b":["\ud83d\ude00\u0000"]}}"#, 24),
  ])
  func `a text with U+0000 is refused as invalid where it is to be stored`(text: String, place: Int) throws {
    _ = try decode(text)
    let error = #expect(throws: JSONError.self) {
      try JSONCoding.decode(JSONValue.self, from: Array(text.utf8), text: .storable)
    }
    #expect(error?.kind == .invalid)
    #expect(error?.offset == place)
  }

  @Test(arguments: [#""\\u0000""#, #""\\\\u0000""#, #""u0000""#, #""\u0001\\""#, #""\n0000""#, "{}"])
  func `a text that only looks like U+0000 can be stored`(text: String) throws {
    let storable = try JSONCoding.decode(JSONValue.self, from: Array(text.utf8), text: .storable)
    #expect(try storable == decode(text))
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
      [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
      [0xE2, 0x28, 0xA1],
      [0xC3, 0x28], [0xF0, 0x9F, 0x98, 0x28],
    ] as [[UInt8]])
  func `a string that is not UTF-8 is refused`(sequence: [UInt8]) {
    let text: [UInt8] = [0x22] + sequence + [0x22]
    let error = #expect(throws: JSONError.self) { try JSONCoding.decode(String.self, from: text) }
    #expect(error?.kind == .malformed)
    #expect(error?.offset == 1)
  }

  @Test func `a special byte is found at every place of a long string`() throws {
    for count in 0..<40 {
      let (before, after) = (String(repeating: "a", count: count), String(repeating: "b", count: 20))
      #expect(try decode("\"\(before)\u{E9}\(after)\"") == .string(before + "\u{E9}" + after))
      #expect(try decode("\"\(before)\\n\(after)\"") == .string(before + "\n" + after))
      #expect(try decode("[\"\(before)\",\"\(after)\"]") == [.string(before), .string(after)])
      let control = #expect(throws: JSONError.self) { try decode("\"\(before)\u{1F}\(after)\"") }
      #expect(control?.offset == count + 1)
      let bytes = Array("\"\(before)".utf8) + [0xFF] + Array("\(after)\"".utf8)
      let invalid = #expect(throws: JSONError.self) { try JSONCoding.decode(String.self, from: bytes) }
      #expect(invalid?.offset == count + 1)
    }
  }

  @Test func `an error reports its offset`() {
    let error = #expect(throws: JSONError.self) { try decode("[1, 2, x]") }
    #expect(error?.offset == 7)
    #expect(error?.description == "A value is expected here. (at byte 7)")
  }

  @Test func `nesting up to the limit is read, and deeper nesting is refused`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try decode(nested(JSONCoding.maximumDepth))
    #expect(throws: JSONError.self) { try decode(nested(JSONCoding.maximumDepth + 1)) }
    #expect(throws: JSONError.self) { try decode(String(repeating: "[", count: 1_000_000)) }
    let objects = String(repeating: #"{"a":"#, count: 65) + "1" + String(repeating: "}", count: 65)
    #expect(throws: JSONError.self) { try decode(objects) }
  }

  @Test(arguments: [
    #"{"a":1,"a":2}"#, #"{"a":1,"b":2,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"{"x":{"b":1,"b":2}}"#,
    #"{"":1,"":2}"#, #"{"axb":1,"ayb":2,"axb":3}"#, #"{"axb":1,"ayb":2,"ayb":3}"#,
  ])
  func `a duplicate name in one object is refused`(text: String) {
    let error = #expect(throws: JSONError.self) { try decode(text) }
    #expect(error?.reason == "An object has a duplicate name.")
  }

  @Test func `a duplicate among very many names is refused`() throws {
    let members = (0..<500).map { "\"name\($0)\":\($0)" }
    _ = try decode("{\(members.joined(separator: ","))}")
    #expect(throws: JSONError.self) { try decode("{\(members.joined(separator: ",")),\"name250\":0}") }
  }

  @Test func `the same name in different objects is accepted`() throws {
    _ = try decode(#"[{"a":{"a":1}},{"a":2}]"#)
  }

  @Test func `names of one length that begin and end alike are accepted`() throws {
    _ = try decode(#"{"axb":1,"ayb":2,"azb":{"axb":3,"ayb":4},"a":5,"b":6,"":7}"#)
  }
}
