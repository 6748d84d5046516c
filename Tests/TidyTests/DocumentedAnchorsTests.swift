import Testing

@Suite struct DocumentedAnchorsTests {
  private let files = [
    SourceFile(
      path: "docs/benchmarks/http.md",
      text: "# HTTP\n## GET /livez\n### Cost\n### Cost\n```\n# no heading\n```\n## What's `now`: 1.0\n")
  ]

  private func missing(_ text: String, page: String = "docs/benchmarks.md") -> [String] {
    DocumentedAnchors.missing(in: SourceFile(path: page, text: text), of: files)
  }

  @Test(arguments: ["get-livez", "cost", "cost-1", "whats-now-10"])
  func `a heading is found by its anchor`(anchor: String) {
    #expect(missing("[x](benchmarks/http.md#\(anchor))") == [])
    #expect(missing("[x](../benchmarks/http.md#\(anchor))", page: "docs/benchmarks/data.md") == [])
  }

  @Test(arguments: ["cost-2", "no-heading", "livez"])
  func `an anchor without a heading is reported with its page`(anchor: String) {
    #expect(
      missing("[x](benchmarks/http.md#\(anchor))") == ["docs/benchmarks.md: benchmarks/http.md#\(anchor)"])
  }

  @Test func `every heading that a link of the documentation names is there`() {
    let checkout = Checkout.here
    let pages = checkout.files.filter { $0.path.hasSuffix(".md") }
    #expect(pages.contains { $0.text.contains(".md#") })
    #expect(pages.flatMap { DocumentedAnchors.missing(in: $0, of: checkout.files) } == [])
  }
}
