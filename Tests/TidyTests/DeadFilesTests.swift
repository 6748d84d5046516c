import Testing

@Suite struct DeadFilesTests {
  private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

  @Test func `a file without a user is found`() {
    let files = [
      file("A.swift", "struct Alone { let a = 1 }"), file("B.swift", "// Alone\n@main struct Main { }"),
    ]
    #expect(DeadFiles.find(in: files) == ["A.swift: nothing else names Alone, a"])
  }

  @Test func `a file whose type or member is used is not dead`() {
    let user = file("B.swift", "@main struct Main { let used = Used().length }")
    #expect(DeadFiles.find(in: [file("A.swift", "struct Used { }"), user]) == [])
    #expect(DeadFiles.find(in: [file("A.swift", "extension Text { var length: Int { 1 } }"), user]) == [])
  }
}
