import Schema
import Testing

@testable import PostgresDriver

struct FieldTextTests {
  private func read<Value>(_ text: String, _ body: (FieldText) -> Value?) -> Value? {
    var copy = text
    return copy.withUTF8 { body(FieldText(bytes: $0)) }
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("42", 42), ("-42", -42), ("9223372036854775807", .max),
      ("-9223372036854775808", .min), ("007", 7),
    ] as [(String, Int64)])
  func `decimal integers are parsed`(text: String, value: Int64) {
    #expect(read(text) { $0.integer } == value)
  }

  @Test(arguments: [
    "", "-", "+1", "1.0", "1e3", " 1", "1 ", "9223372036854775808", "-9223372036854775809",
    "99999999999999999999", "t",
  ])
  func `a text that is no 64-bit integer is rejected`(text: String) {
    #expect(read(text) { $0.integer } == nil)
  }

  @Test func `only t and f are booleans`() {
    #expect(read("t") { $0.boolean } == true)
    #expect(read("f") { $0.boolean } == false)
    for text in ["", "true", "1", "T"] { #expect(read(text) { $0.boolean } == nil) }
  }

  @Test func `bytes are parsed from hexadecimal after the prefix`() {
    #expect(read("\\x") { $0.bytea } == [])
    #expect(read("\\x00ff7f") { $0.bytea } == [0, 255, 127])
    for text in ["", "00", "\\x0", "\\x0g", "x00", "\\x0F"] { #expect(read(text) { $0.bytea } == nil) }
  }

  @Test func `timestamps are parsed with or without a zone, and infinite ones are rejected`() {
    let expected = Timestamp(rfc3339: "2026-11-22T13:00:00.25Z")
    #expect(read("2026-11-22 13:00:00.25+00") { $0.timestamp } == expected)
    #expect(read("2026-11-22 13:00:00.25") { $0.timestamp } == expected)
    for text in ["infinity", "-infinity", "10000-01-01 00:00:00+00", "0044-03-15 00:00:00+00 BC"] {
      #expect(read(text) { $0.timestamp } == nil)
    }
  }
}
