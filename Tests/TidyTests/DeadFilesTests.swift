import Testing

@Suite struct DeadFilesTests {
  private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

  @Test func `a file that nothing names is found`() {
    let files = [
      file("A.swift", "struct Alone { let a = 1 }"), file("B.swift", "// Alone\n@main struct Main { }"),
    ]
    #expect(DeadFiles.find(in: files) == ["A.swift: nothing else names Alone, a"])
  }

  @Test func `a file whose type or member is used is alive`() {
    let user = file("B.swift", "@main struct Main { let used = Used().length }")
    #expect(DeadFiles.find(in: [file("A.swift", "struct Used { }"), user]) == [])
    #expect(DeadFiles.find(in: [file("A.swift", "extension Text { var length: Int { 1 } }"), user]) == [])
  }

  @Test func `a test that is not named by a sentence is found`() {
    #expect(
      TestNames.unnamed(
        in: file("A.swift", "@Test func `a b`() { }\n@Test(arguments: [1]) func `c`(d: Int) { }")) == [])
    #expect(TestNames.unnamed(in: file("A.swift", "@Test func short() { }")) == ["A.swift: short"])
  }
}
