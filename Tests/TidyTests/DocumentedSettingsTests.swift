import Testing

@Suite struct DocumentedSettingsTests {
  private static let readme = """
    ## Configure it

    | variable | meaning |
    |---|---|
    | `DB_HOST`, `DB_PORT` | where; `NOT_HERE` |
    | `ROLE` | which |

    ## Next
    | `OTHER_TABLE` | no |
    """

  @Test func `the names of the first column are documented`() {
    #expect(DocumentedSettings.documented(in: Self.readme) == ["DB_HOST", "DB_PORT", "ROLE"])
  }

  @Test func `a name on one side only is reported`() {
    let read = DocumentedSettings.read(
      in: #"reader.optionalText("DB_HOST"); choice("ROLE"); text("LOG_SLOW")"#)
    #expect(
      DocumentedSettings.differences(read: read, documented: ["DB_HOST", "DB_PORT", "ROLE"])
        == ["LOG_SLOW is read and not documented", "DB_PORT is documented and not read"])
    #expect(DocumentedSettings.differences(read: ["DB_HOST_FILE", "DB_HOST"], documented: ["DB_HOST"]) == [])
  }

  /// `make test-deploy` permits the variables of the same table.
  @Test func `the README documents every variable that a program reads, and no other`() throws {
    let checkout = Checkout.here
    let readme = try #require(checkout.files.first { $0.path == "README.md" })
    let read = checkout.shipped.filter { $0.isIn("Shared/Frame", "Services") }
      .reduce(into: Set<String>()) { $0.formUnion(DocumentedSettings.read(in: $1.text)) }
    let documented = DocumentedSettings.documented(in: readme.text)
    #expect(documented.count > 30)
    #expect(DocumentedSettings.differences(read: read, documented: documented) == [])
  }
}
