import Testing

@Suite struct LengthRulesTests {
  private func file(lines: Int) -> SourceFile {
    SourceFile(path: "A.swift", text: String(repeating: "\n", count: lines))
  }

  private func function(lines: Int) -> SourceFile {
    SourceFile(path: "A.swift", text: "func a() {" + String(repeating: "\n", count: lines - 1) + "}\n")
  }

  @Test func `a file of 400 lines passes, and one of 401 does not`() {
    let short = Array(repeating: file(lines: 10), count: 20)
    #expect(LengthRules.fileViolations(short + [file(lines: 400)]) == [])
    #expect(LengthRules.fileViolations(short + [file(lines: 401)]) == ["A.swift: 401 lines"])
  }

  @Test func `too many long files are found`() {
    #expect(LengthRules.fileViolations([file(lines: 121)]).count == 1)
    let files = Array(repeating: file(lines: 10), count: 8) + Array(repeating: file(lines: 300), count: 3)
    #expect(LengthRules.fileViolations(files) == ["one file in ten has 300 lines or more"])
  }

  @Test func `a function of 70 lines passes, and one of 71 does not`() {
    let short = Array(repeating: function(lines: 3), count: 3)
    #expect(LengthRules.functionViolations(short + [function(lines: 70)]) == [])
    #expect(LengthRules.functionViolations(short + [function(lines: 71)]) == ["A.swift:1: a has 71 lines"])
  }

  @Test func `a median function that is too long is found`() {
    #expect(LengthRules.functionViolations([function(lines: 11)]) == ["the median function has 11 lines"])
  }
}
