import Testing

@Suite struct CodeTextTests {
  @Test(arguments: [
    ("a // { b", "a       "),
    ("a /* { /* } */ { */ b", "a                   b"),
    (#"x = "{ \"}" + y"#, "x =         + y"),
    (##"x = #"{ " }"# + y"##, "x =           + y"),
    (#"x = "\(f("{"))" + y"#, "x =             + y"),
  ])
  func `comments and strings are blanked`(text: String, code: String) {
    #expect(CodeText.of(text) == code)
  }

  @Test func `line breaks stay in place`() {
    let text = "a\n/* {\n} */\n\"\"\"\n{ \\(b) \"\n\"\"\"\nc"
    #expect(CodeText.of(text).split(separator: "\n", omittingEmptySubsequences: false).count == 7)
    #expect(CodeText.of(text).hasSuffix("\nc"))
    #expect(!CodeText.of(text).contains("{"))
  }

  @Test func `the words of a name in backticks are not keywords`() {
    #expect(!CodeText.of("func `a func { of its own`() {}").contains("of"))
    #expect(CodeText.of("func `a b`() {}").contains("func _"))
  }

  @Test(arguments: ["\"abc", "/* abc", "\"\\(abc"])
  func `an unclosed string or comment ends with the file`(text: String) {
    #expect(CodeText.of(text) == String(repeating: " ", count: text.count))
  }
}
