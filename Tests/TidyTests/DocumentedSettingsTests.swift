import Testing

@Suite struct DocumentedSettingsTests {
  private static let page = """
    ## Database

    | variable | meaning |
    |---|---|
    | `DB_HOST`, `DB_PORT` | where; `NOT_HERE` |

    ## Role
    | `ROLE` | which |
    """

  @Test func `the names of the first columns are documented`() {
    #expect(DocumentedSettings.documented(in: Self.page) == ["DB_HOST", "DB_PORT", "ROLE"])
  }

  @Test func `a name of the README that the page lacks is reported`() {
    let readme = """

      ## Configure it
      | `DB_HOST`, `ROLE_FILE` | x |
      | `DB_HOTS` | y |
      ## Next
      | `OTHER` | z |
      """
    #expect(DocumentedSettings.unknown(in: readme, documented: ["DB_HOST", "ROLE"]) == ["DB_HOTS"])
  }

  @Test func `a name on one side only is reported`() {
    let read = DocumentedSettings.read(
      in: #"reader.optionalText("DB_HOST"); choice("ROLE"); text("LOG_SLOW")"#)
    #expect(
      DocumentedSettings.differences(read: read, documented: ["DB_HOST", "DB_PORT", "ROLE"])
        == ["LOG_SLOW is read and not documented", "DB_PORT is documented and not read"])
    #expect(DocumentedSettings.differences(read: ["DB_HOST_FILE", "DB_HOST"], documented: ["DB_HOST"]) == [])
  }

  @Test func `the page of settings has every variable that a program reads, and no other`() throws {
    let checkout = Checkout.here
    let page = try #require(checkout.file("docs/settings.md"))
    let readme = try #require(checkout.file("README.md"))
    let read = checkout.shipped.filter { $0.isIn("Shared/Frame", "Services") }
      .reduce(into: Set<String>()) { $0.formUnion(DocumentedSettings.read(in: $1.text)) }
    let documented = DocumentedSettings.documented(in: page.text)
    #expect(documented.count > 30)
    #expect(DocumentedSettings.unknown(in: readme.text, documented: documented) == [])
    #expect(DocumentedSettings.differences(read: read, documented: documented) == [])
  }
}
