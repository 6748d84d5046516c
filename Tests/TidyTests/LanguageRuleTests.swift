import Foundation
import Testing

@Suite struct LanguageRuleTests {
  private func file(_ text: String) -> SourceFile { SourceFile(path: "Shared/A.swift", text: text) }

  private func violations(_ text: String, _ exceptions: [LanguageRule.Exception] = []) -> [String] {
    LanguageRule(exceptions: exceptions).violations(in: [file(text)])
  }

  @Test(arguments: LanguageRule.words)
  func `a banned word is found in a comment, a string, a name and a document`(word: String) {
    for text in [
      "/// Once \(word) then.", "let a = \"\(word)\"", "func `a \(word) b`() {}", "# \(word.uppercased())",
      "say \(word)'s, or (\(word)).",
    ] {
      #expect(!LanguageRule.hits(in: text).isEmpty, "\(text)")
    }
    #expect(violations("let a = 1\n// \(word.capitalized)\n") == ["Shared/A.swift:2: \(word)"])
  }

  @Test(arguments: LanguageRule.words)
  func `a part of a longer word is not found`(word: String) {
    #expect(LanguageRule.hits(in: "x\(word) \(word)x _\(word) \(word)9 \(word)é") == [])
  }

  @Test(arguments: LanguageRule.words.filter { $0.contains(" ") })
  func `a phrase is found across a line break of a comment, and not across punctuation`(phrase: String) {
    let parts = phrase.split(separator: " ")
    let (first, last) = (parts.dropLast().joined(separator: " "), parts[parts.count - 1])
    #expect(LanguageRule.hits(in: "/// a \(first)\n  /// \(last) b").map(\.line) == [1])
    #expect(LanguageRule.hits(in: "# a \(first)\n# \(last) b").map(\.word) == [phrase])
    for mark in [", ", ". ", "`", "-"] { #expect(LanguageRule.hits(in: "\(first)\(mark)\(last)") == []) }
  }

  @Test func `an exception allows its count of one word in one file`() {
    let word = LanguageRule.unixUser
    let exception = LanguageRule.Exception(word: word, path: "Shared/A.swift", count: 1, reason: "a test")
    #expect(violations("chown \(word) a", [exception]) == [])
    #expect(violations("chown \(word) a\nchown \(word) b", [exception]).count == 2)
    let other = file("chown \(word) a")
    let elsewhere = SourceFile(path: "Shared/B.swift", text: other.text)
    #expect(
      LanguageRule(exceptions: [exception]).violations(in: [other, elsewhere]) == [
        "Shared/B.swift:1: \(word)"
      ])
  }

  @Test func `an exception without its uses is found`() {
    let exception = LanguageRule.Exception(
      word: LanguageRule.unixUser, path: "Shared/A.swift", count: 1, reason: "a test")
    #expect(violations("chown root a", [exception]).count == 1)
    #expect(LanguageRule(exceptions: [exception]).violations(in: []).count == 1)
  }

  @Test func `every exception has a reason and names a file of the checkout`() {
    for exception in LanguageRule.exceptions {
      #expect(exception.reason.split(separator: " ").count >= 5)
      let file = Checkout.here.file(exception.path)
      #expect(
        file.map { LanguageRule.hits(in: $0.text).count { $0.word == exception.word } } == exception.count)
    }
  }

  @Test func `the rule does not find its own files`() {
    let files = Checkout.here.files.filter { $0.path.hasPrefix("Tests/TidyTests/LanguageRule") }
    #expect(files.count == 2)
    #expect(LanguageRule(exceptions: []).violations(in: files) == [])
  }
}
