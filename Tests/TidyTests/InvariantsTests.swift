import Foundation
import Testing

@Suite struct InvariantsTests {
  @Test func `every invariant of the architecture page names a test that is there`() throws {
    let checkout = Checkout.here
    let page = try String(contentsOf: checkout.root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
    #expect(Invariants.namedTests(in: page).count > 15)
    #expect(Invariants.missingTests(in: page, files: checkout.swift) == [])
  }

  @Test func `an invariant whose test is gone is found`() {
    let file = SourceFile(path: "Tests/Wing/ATests/A.swift", text: "@Test func `it holds`() {}")
    let page = "| x | ATests: `it holds`, `it is gone` |\n| y | BTests: `it holds` |"
    #expect(Invariants.missingTests(in: page, files: [file]) == ["ATests: it is gone", "BTests: it holds"])
  }
}
