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

  @Test func `a test keeps no file of a program alive`() {
    let files = [
      file("Shared/A.swift", "struct Alone { }"),
      file("Tests/ATests.swift", "@Suite struct T { let a = Alone() }"),
    ]
    #expect(DeadFiles.find(in: files, except: []) == ["Shared/A.swift: nothing else names Alone"])
    let kept = DeadFiles.Exception(name: "Alone", reason: "a reason")
    #expect(DeadFiles.find(in: files, except: [kept]) == [])
  }

  @Test(arguments: ["static let alone = 1", "func alone() { }", "var alone: Int { 1 }", "enum alone { }"])
  func `a member of a program is dead where a test alone names it`(member: String) {
    let files = [
      file("Shared/A.swift", "/// See alone.\nstruct A { \(member) }"),
      file("Shared/B.swift", "let b = A() // alone"),
      file("Services/C.swift", "let c = b + \"alone\" + c"), file("Tests/ATests.swift", "let t = A.alone"),
    ]
    #expect(DeadFiles.members(in: files, except: []) == ["Shared/A.swift: nothing names alone"])
    let kept = DeadFiles.Exception(name: "alone", reason: "a reason")
    #expect(DeadFiles.members(in: files, except: [kept]) == [])
    #expect(
      DeadFiles.members(in: Array(files.dropFirst()), except: [kept])
        == ["alone: has an exception, and does not need it"])
  }

  @Test(arguments: ["let b = A.used", #"let b = b + "a \(A.used)""#, #"let b = b + "\(f("\(A.used)"))""#])
  func `a member that a program uses is not dead, also in the text of a string`(user: String) {
    let files = [
      file("Shared/A.swift", "struct A { static let used = 1 }"), file("Services/B.swift", user + ", c = b"),
    ]
    #expect(DeadFiles.members(in: files, except: []) == [])
  }

  @Test func `a name that several declarations have is left out`() {
    let files = [
      file(
        "Shared/A.swift",
        "struct A { func same() { } }; struct B { let a: A; let b: B; func same() { a; b } }")
    ]
    #expect(DeadFiles.members(in: files, except: []) == [])
  }
}
