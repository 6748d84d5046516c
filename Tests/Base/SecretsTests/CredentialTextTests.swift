import Secrets
import Testing

/// The content of a password file.
struct CredentialTextTests {
  @Test func `one line is one password`() {
    #expect(CredentialText(parsing: "a b").passwords == [Secret("a b")])
  }

  @Test(arguments: [
    CredentialText(Secret("a"), .next(Secret("b"), since: 7)),
    CredentialText(Secret("a"), .former(Secret("b with spaces"), since: 0)), CredentialText(Secret("a")),
  ])
  func `a content is read as it was written`(_ content: CredentialText) {
    #expect(CredentialText(parsing: content.text) == content)
  }

  @Test(arguments: ["a\nb", "a\nnext b", "a\nnext x b", "a\nnext 1 ", "a\nother 1 b", "a\nnext 1 b\nc"])
  func `a second line in another form makes the whole text one password, as before`(_ text: String) {
    let content = CredentialText(parsing: text)
    #expect(content.current == Secret(text) && content.other == nil)
  }

  @Test func `a description shows no password`() {
    #expect(!"\(CredentialText(Secret("hidden"), .next(Secret("hidden"), since: 1)))".contains("hidden"))
  }
}
