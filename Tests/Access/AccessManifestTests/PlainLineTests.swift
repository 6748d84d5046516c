import AccessManifest
import Testing

@Suite struct PlainLineTests {
  @Test func `a text without control characters stays as it is`() {
    for text in ["", "users", "Ünïcode \"quoted\" # text", "a\\b"] { #expect(text.onOneLine == text) }
  }

  @Test func `a character that ends a line, moves a cursor or turns the text is written as an escape`() {
    #expect(
      "a\nb\r\u{1B}[2J\u{85}\u{2028}\u{202E}".onOneLine == "a\\u{a}b\\u{d}\\u{1b}[2J\\u{85}\\u{2028}\\u{202e}"
    )
    #expect("\0\t\u{7F}\u{2066}".onOneLine == "\\u{0}\\u{9}\\u{7f}\\u{2066}")
  }
}
