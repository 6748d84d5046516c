import Testing

@testable import bulkhead

/// What the tool prints of names and values that come from servers.
@Suite struct ConsoleTests {
  @Test func `a line end or a terminal escape in a value is shown as its number`() {
    let hostile = "x\n;GRANT SELECT ON users TO me;--\u{1B}[2J\u{85}\u{2028}\u{202E}"
    let shown = #"x\u{A};GRANT SELECT ON users TO me;--\u{1B}[2J\u{85}\u{2028}\u{202E}"#
    #expect(Paint(isOn: false).onOneLine(hostile) == shown)
    #expect(Paint(isOn: true).onOneLine(hostile) == shown)
    #expect(Paint(isOn: false).onOneLine("naïve – 数据 👩‍👩‍👧") == "naïve – 数据 👩‍👩‍👧")
  }

  @Test func `the console's own colours stay where colours are on, and only there`() {
    let line = Paint(isOn: true)(.bad, "2 deviations") + "\u{1B}[8mhidden"
    #expect(Paint(isOn: true).onOneLine(line) == "\u{1B}[1;31m2 deviations\u{1B}[0m\\u{1B}[8mhidden")
    #expect(!Paint(isOn: false).onOneLine(line).contains("\u{1B}"))
  }
}
