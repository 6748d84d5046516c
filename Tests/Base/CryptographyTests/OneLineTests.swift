import Encoding
import Testing

@Suite struct OneLineTests {
  @Test func `a text without control characters stays as it is`() {
    for text in ["", "users", "Ünïcode \"quoted\" # text", "a\\b"] { #expect(text.onOneLine == text) }
  }

  @Test func `a character that ends a line, moves a cursor or turns the text is written as an escape`() {
    #expect(
      "a\nb\r\u{1B}[2J\u{85}\u{2028}\u{202E}".onOneLine == "a\\u{A}b\\u{D}\\u{1B}[2J\\u{85}\\u{2028}\\u{202E}"
    )
    #expect("\0\t\u{7F}\u{2066}".onOneLine == "\\u{0}\\u{9}\\u{7F}\\u{2066}")
  }
}
