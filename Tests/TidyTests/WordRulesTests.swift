import Testing

@Suite struct WordRulesTests {
  private let ban = WordRules.Ban(
    word: "try!", folders: ["Shared"],
    exceptions: [WordRules.Exception(path: "Shared/A.swift", count: 1, reason: "a test")])

  private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

  @Test func `a banned word without an exception is found`() {
    #expect(WordRules.violations(of: ban, in: [file("Shared/A.swift", "try! a()")]) == [])
    #expect(WordRules.violations(of: ban, in: [file("Shared/A.swift", "try! a(); try! b()")]).count == 1)
    #expect(
      WordRules.violations(
        of: ban, in: [file("Shared/B.swift", "try! a()"), file("Shared/A.swift", "try! a()")]
      ).count == 1)
  }

  @Test func `an exception without a use is found`() {
    #expect(WordRules.violations(of: ban, in: [file("Shared/A.swift", "a()")]).count == 1)
    #expect(WordRules.violations(of: ban, in: []).count == 1)
  }

  @Test func `comments, strings and other folders do not count`() {
    let files = [
      file("Shared/A.swift", "try! a()"), file("Shared/C.swift", "// try! \"try!\"\nlet a = \"try!\""),
      file("Tests/D.swift", "try! a()"),
    ]
    #expect(WordRules.violations(of: ban, in: files) == [])
  }

  @Test(arguments: [("print(a)", 1), ("fingerprint(a)", 0), ("a.print(b)", 0), (" print(a); print(b)", 2)])
  func `only whole words are found`(code: String, count: Int) {
    #expect(WordRules.occurrences(of: "print(", in: code) == count)
  }

  @Test func `names that do not describe their content are found`() {
    let empty = ["Shared/Utils/A.swift", "Shared/PoolManager.swift", "Shared/NewPool.swift"]
    let telling = [
      "Shared/News.swift", "Shared/MigrateNewCommand.swift", "Shared/Commonwealth/Managed.swift",
    ]
    #expect(WordRules.emptyNames(in: empty + telling) == empty)
  }

  @Test(arguments: [
    ("a | grep -q b", 1), ("a |\n grep b", 0), ("x=1\na | grep -qxF b ||", 1), ("a || grep -qs b", 0),
    ("grep -q a <<<\"$b\"", 0), ("a | grep b", 0),
  ])
  func `a pipe into a grep that ends early is found`(script: String, count: Int) {
    #expect(WordRules.pipesIntoQuietGrep(in: [file("scripts/a.sh", script)]).count == count)
    #expect(WordRules.pipesIntoQuietGrep(in: [file("docs/a.md", script)]) == [])
  }

  @Test(arguments: [
    ("readonly part=$1", "f() {\n  local name part found", ["a.sh: part"]),
    ("readonly a=$(b c) part=x", "f() { local -r part=\"$1 of $2\"; }", ["a.sh: part"]),
    ("readonly a=\"${1:-x part}\" # part", "f() {\n  local name=(part) found=$(x part); x part", []),
    ("part=$1; readonly partner", "f() {\n  local part", []),
  ])
  func `a name that is readonly in a script and local in a file that it sources is found`(
    script: String, shared: String, found: [String]
  ) {
    let source = "source \"$(dirname \"$0\")/b.sh\"\n"
    let files = [file("a.sh", source + script), file("x/b.sh", "source c.sh"), file("c.sh", shared)]
    #expect(ShellNames.readonlyAndLocal(in: files) == found)
    #expect(ShellNames.readonlyAndLocal(in: [file("a.sh", script), file("c.sh", shared)]) == [])
  }

  @Test(arguments: WordRules.strayTexts)
  func `a stray text is found`(text: String) {
    #expect(WordRules.strayTexts(in: [file("README.md", "see \(text)x")]) == ["README.md: \(text)"])
  }
}
