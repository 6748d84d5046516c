import Foundation
import Testing

@Suite struct InvariantsTests {
  @Test func `every invariant names an existing test, and words that select it`() throws {
    let checkout = Checkout.here
    let page = try String(contentsOf: checkout.root.appending(path: "docs/invariants.md"), encoding: .utf8)
    #expect(Invariants.namedTests(in: page).count > 15)
    #expect(Invariants.missingTests(in: page, files: checkout.swift) == [])
    #expect(Invariants.uselessWords(in: page) == [])
  }

  @Test func `every check in Python that the page names exists`() throws {
    let checkout = Checkout.here
    let page = try #require(checkout.file("docs/invariants.md"))
    #expect(Invariants.namedChecks(in: page.text).count > 10)
    #expect(Invariants.missingChecks(in: page.text, files: checkout.files) == [])
  }

  @Test func `a check in Python that no file defines is found`() {
    let file = SourceFile(path: "deploy/tests/test_a.py", text: "def test_it_holds_well():\n  pass\n")
    let page = "| x | `test_it_holds`, `test_it_holds_well` with `rules` | `make test-deploy` |"
    #expect(Invariants.missingChecks(in: page, files: [file]) == ["test_it_holds"])
  }

  @Test func `an invariant without its test is found`() {
    let file = SourceFile(path: "Tests/Wing/ATests/A.swift", text: "@Test func `it holds`() {}")
    let page = "| x | ATests: `it holds`, `it is gone` |\n| y | BTests: `it holds` |"
    #expect(Invariants.missingTests(in: page, files: [file]) == ["ATests: it is gone", "BTests: it holds"])
  }

  @Test func `words that select none of the row's tests are found`() {
    let page = """
      | x | ATests: `it holds`, `it is gone` | `it holds` |
      | y | BTests: `it holds` | `it falls` |
      """
    #expect(Invariants.uselessWords(in: page) == ["it falls"])
  }

  @Test func `a test whose name is not a sentence is found`() {
    func unnamed(_ text: String) -> [String] {
      TestNames.unnamed(in: SourceFile(path: "A.swift", text: text))
    }
    #expect(unnamed("@Test func `a b`() { }\n@Test(arguments: [1]) func `c`(d: Int) { }") == [])
    #expect(unnamed("@Test func short() { }") == ["A.swift: short"])
  }
}
