import AccessManifest
import DatabaseTestSupport
import Testing

@testable import AccessProof
@testable import bulkhead

/// The proof's report as terminal text and as a page.
@Suite struct MatrixReportTests {
  private static func result(
    in side: ProofCell.Side = .database, _ account: String, _ object: String, _ verb: String,
    _ column: String? = nil,
    row: String? = nil, expected: ProofCell.Expectation, _ outcome: ProofOutcome
  ) -> ProofResult {
    ProofResult(
      cell: ProofCell(
        side, account: account, object: object, verb: verb, column: column, row: row, expected: expected),
      outcome: outcome)
  }

  private static let denied = ProofOutcome.denied(code: "42501", message: "permission denied for table users")

  private let report = ProofReport(
    results: [
      result("analytics-ro", "users", "select", "id", expected: .allowed, .allowed),
      result("analytics-ro", "users", "select", "email", expected: .denied, .allowed),
      result("analytics-ro", "users", "insert", "id", expected: .denied, denied),
      result("analytics-ro", "users", "select", "<b>", expected: .denied, denied),
      result("twitch-trigger", "users", "select", "id", expected: .denied, denied),
      result("twitch-trigger", "users", "select row", row: "role=x", expected: .unseen, .unseen),
      result(in: .cache, "analytics-cache", "analytics:*", "read GET", expected: .allowed, .allowed),
      result(
        in: .cache, "analytics-cache", "analytics:*", "write SET", expected: .denied,
        .failed(code: "WRONGTYPE", message: "wrong kind")),
    ], cells: 9, seconds: 0.254)

  @Test func `the terminal's matrix shows the outcomes within a hundred columns`() {
    let text = TerminalMatrix(report, isColoured: false).text
    for line in text.split(separator: "\n") where !line.contains("expected") {
      #expect(line.count <= TerminalMatrix.columns, "\(line)")
    }
    #expect(text.contains("s---!"))
    #expect(text.contains("----"))
    #expect(text.contains("42501 permission denied for table users"))
    #expect(text.contains("8 of 9 cells attempted (6 database, 2 cache) in 0.25 s"))
    #expect(text.contains("2 allowed and 4 denied, as the manifest says"))
    #expect(text.contains("2 violations"))
    #expect(!text.contains("\u{1B}"))
  }

  @Test func `an engine that failed stands beside the count of violations, in each form`() {
    var cacheAlone = ProofReport(results: [report.results[6]], cells: 1, seconds: 0)
    cacheAlone.failures = [ProofReport.EngineFailure(engine: "PostgreSQL", error: "it <refused>")]
    let words = "0 violations; PostgreSQL was not proven"
    #expect(TerminalMatrix(cacheAlone, isColoured: false).text.contains(words))
    let page = HTMLPage(cacheAlone).text
    #expect(page.contains(words) && page.contains("PostgreSQL was not proven: it &lt;refused&gt;"))
    #expect(!page.contains("class=\"good\""))
    #expect(cacheAlone.exitCode == .failure)
  }

  @Test func `a cell that was not tried is counted apart and named, in each form, and ends with 1`() throws {
    let unknown = ProofReport(
      results: [
        report.results[6],
        Self.result(
          in: .cache, "analytics-cache", "analytics:*", "write SET", expected: .allowed,
          .notTried(code: "OOM", message: "the memory is <full>")),
      ], cells: 2, seconds: 0)
    let words = "0 violations; 1 cell not tried"
    let text = TerminalMatrix(unknown, isColoured: false).text
    #expect(text.contains(words) && text.contains("R-?") && text.contains("1 of 2 cells attempted"))
    #expect(text.contains("expected allowed, got not tried (OOM): the memory is <full>"))
    let page = HTMLPage(unknown).text
    #expect(page.contains(words) && page.contains("not tried (OOM): the memory is &lt;full&gt;"))
    #expect(!page.contains("class=\"good\""))
    let manifest = try FleetManifest.load()
    let parts = Report(unknown, by: manifest, path: "access.yaml").parts
    #expect(parts.contains { $0.failure == "1 of 2 cells were not tried" })
    #expect(parts.allSatisfy { $0.passed.isEmpty && $0.items.isEmpty })
    #expect(unknown.exitCode == .failure)
  }

  @Test func `replicas of the cache that were left out are named`() {
    var report = ProofReport(results: [report.results[6]], cells: 1, seconds: 0)
    report.serversLeftOut = ["10.0.0.2:6379"]
    #expect(TerminalMatrix(report, isColoured: false).text.contains("the cache's replicas 10.0.0.2:6379"))
  }

  @Test func `patterns that were left out are named`() {
    var bounded = ProofReport(results: [report.results[6]], cells: 1, seconds: 0)
    bounded.patternsLeftOut = 6_950
    #expect(
      TerminalMatrix(bounded, isColoured: false).text.contains("not tried: 6950 further patterns of keys"))
    #expect(bounded.exitCode == .success)
  }

  @Test func `a cell shows each verb's reach and marks the verbs with a row scope`() {
    var cell = MatrixCell(reach: [.select: .all, .insert: .all], scoped: [.insert])
    #expect(cell.text == "S[I]--")
    cell = MatrixCell(reach: [.select: .someColumns], isViolated: true)
    #expect(cell.text == "s---!")
    let all = Dictionary(uniqueKeysWithValues: TableVerb.allCases.map { ($0, MatrixCell.Reach.all) })
    cell = MatrixCell(reach: all, scoped: Set(TableVerb.allCases))
    #expect(cell.text == "[SIUD]")
  }

  @Test func `colour appears only where it is enabled and changes no word`() {
    let plain = TerminalMatrix(report, isColoured: false).text
    let coloured = TerminalMatrix(report, isColoured: true).text
    #expect(coloured.contains("\u{1B}[1;31m"))
    #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
  }

  @Test func `long names are broken after a hyphen`() {
    #expect(TerminalMatrix.lines(of: "analytics-rollup-rw") == ["analytics-", "rollup-rw"])
    #expect(TerminalMatrix.lines(of: "connector-rw") == ["connector-", "rw"])
    #expect(TerminalMatrix.lines(of: "short") == ["short"])
  }

  @Test func `known residues are in the terminal's text, and on the page with consequence and mitigation`() {
    var report = report
    #expect(!TerminalMatrix(report, isColoured: false).text.contains("known residues"))
    report.residues = [KnownResidue("names", consequence: "<all> names", mitigation: "keep no secret")]
    let text = TerminalMatrix(report, isColoured: false).text
    #expect(text.contains("known residues (docs/access-coverage.md says what each means)\n  names\n"))
    let page = HTMLPage(report).text
    for part in ["Known residues", "names", "&lt;all&gt; names", "keep no secret"] {
      #expect(page.contains(part))
    }
  }

  @Test func `the page is self-contained and escapes its text`() {
    let page = HTMLPage(report).text
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    for outside in ["src=", "href=", "<script", "@import", "url("] { #expect(!page.contains(outside)) }
    #expect(page.contains("&lt;b&gt;") && !page.contains("<b>"))
    #expect(page.contains("expected denied, got allowed"))
    #expect(page.contains("<strong>2 violations</strong>"))
  }

  @Test(arguments: [(0, "0 violations"), (1, "1 violation"), (2, "2 violations")])
  func `a count of one has a singular noun`(count: Int, text: String) {
    #expect(count.counted("violation") == text)
  }
}
