import Testing

@Suite struct DocumentedPathsTests {
  private let files = [
    SourceFile(path: "Shared/Base/JSON/JSONValue.swift", text: ""),
    SourceFile(path: "docs/deploy.md", text: ""),
    SourceFile(path: "README.md", text: ""),
  ]

  private func missing(_ text: String, page: String = "README.md") -> [String] {
    DocumentedPaths.missing(in: SourceFile(path: page, text: text), of: files)
  }

  @Test func `a path of a file or a folder is found`() {
    #expect(missing("`Shared/Base/JSON/JSONValue.swift`, `Shared/Base/`, [deploy](docs/deploy.md#x)") == [])
    #expect(missing("[up](../README.md) and [beside](deploy.md)", page: "docs/clients.md") == [])
    #expect(missing("[up](../deploy.md) and [further](../../README.md)", page: "docs/a/b.md") == [])
  }

  @Test(arguments: ["`Shared/JSON/JSONValue.swift`", "[gone](docs/gone.md)", "`scripts/gone.sh`"])
  func `a missing path is reported with its page`(text: String) {
    #expect(missing(text).count == 1)
    #expect(missing(text).allSatisfy { $0.hasPrefix("README.md: ") })
  }

  @Test(arguments: [
    "`Shared/Engines/NAME/Driver`", "`make test`", "`one/more`", "<https://example.org/docs/a>",
    "`/docs`",
  ])
  func `a placeholder, a command or an address is no path`(text: String) {
    #expect(missing(text) == [])
  }

  @Test func `every path that the documentation names is in the checkout`() {
    let checkout = Checkout.here
    let pages = checkout.files.filter { $0.path.hasSuffix(".md") }
    #expect(pages.count > 5)
    #expect(pages.flatMap { DocumentedPaths.missing(in: $0, of: checkout.files) } == [])
  }
}
