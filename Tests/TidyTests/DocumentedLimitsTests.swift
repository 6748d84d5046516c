import Testing

@Suite struct DocumentedLimitsTests {
  private static let source = SourceFile(
    path: "Services/A/Rules.swift",
    text: """
      enum Rules {
        static let maximumBytes = 2
        struct Inner {
          private static let maximumDepth = 3
        }
      }
      package final class Queue {
        package static let maximumWaiting = 4
        static let minimumBytes = 5
      }
      """)

  @Test func `a limit has the name of its outermost type`() {
    #expect(
      DocumentedLimits.declared(in: Self.source)
        == ["Rules.maximumBytes", "Rules.maximumDepth", "Queue.maximumWaiting"])
  }

  @Test func `a limit that the page lacks is reported`() {
    let differences = DocumentedLimits.differences(
      files: [Self.source], page: "| a | `Rules.maximumBytes`, `Queue.maximumWaiting` |")
    #expect(differences.first == "Rules.maximumDepth is not in docs/limits.md")
  }

  @Test func `an exception that no file declares is reported`() {
    let differences = DocumentedLimits.differences(files: [], page: "")
    #expect(differences.count == DocumentedLimits.exceptions.count)
  }

  @Test func `every limit of the services that has a name is in the page of limits`() throws {
    let checkout = Checkout.here
    let page = try #require(checkout.file("docs/limits.md"))
    let files = checkout.shipped.filter {
      $0.isIn("Services/BackendAPI", "Services/Connector", "Services/Analytics", "Shared/Frame")
    }
    #expect(DocumentedLimits.differences(files: files, page: page.text) == [])
  }
}
