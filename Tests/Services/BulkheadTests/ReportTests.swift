import AccessManifest
import DataAccess
import Foundation
import Testing

@testable import AccessProof
@testable import bulkhead

@Suite struct ReportTests {
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

  private static let denied = ProofOutcome.denied(code: "42501", said: "permission denied for table users")

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
        .failed(code: "WRONGTYPE", said: "wrong kind")),
    ], cells: 9, seconds: 0.254)

  @Test func `a report counts what it tried and names what is not as declared`() {
    #expect(report.attempted == 8)
    #expect(report.databaseCells == 6)
    #expect(report.cacheCells == 2)
    #expect(report.allowedAsDeclared == 2)
    #expect(report.deniedAsDeclared == 4)
    #expect(
      report.violations.map(\.description) == [
        "analytics-ro: select users (email): expected denied, got allowed",
        "analytics-cache: write SET analytics:*: expected denied, got failed (WRONGTYPE): wrong kind",
      ])
    #expect(!report.isClean)
  }

  @Test func `a proof that left cells out is not clean`() {
    let short = ProofReport(results: Array(report.results.prefix(1)), cells: 2, seconds: 0)
    #expect(short.violations.isEmpty)
    #expect(!short.isClean)
  }

  @Test(arguments: [ProofCell.Expectation.allowed, .denied, .unseen])
  func `a cell that failed for another reason than permission is never as declared`(
    _ expected: ProofCell.Expectation
  ) {
    #expect(!ProofOutcome.failed(code: "23502", said: "not null").meets(expected))
  }

  @Test(
    arguments: [
      .uniqueViolation(constraint: nil), .foreignKeyViolation, .checkViolation, .notNullViolation,
      .serializationFailure, .deadlock, .lockTimeout, .statementTimeout, .connectionLost, .connectionRefused,
      .authenticationFailed, .tooManyConnections, .acquireTimeout("held"), .shuttingDown, .valueOutOfRange,
      .invalidStatement, .decoding, .other,
    ] as [DatabaseError.Kind])
  func `an error of the database other than a missing right proves nothing`(_ kind: DatabaseError.Kind) {
    let outcome = ProofOutcome(DatabaseError(kind, nativeCode: "code", detail: "words"))
    #expect(outcome == .failed(code: "code", said: "words"))
  }

  @Test func `a missing right is the one error of the database that counts as denied`() {
    let denial = PermissionDenial(account: "analytics-ro", verb: .select, table: "users")
    let outcome = ProofOutcome(
      DatabaseError(.permissionDenied(denial), nativeCode: "42501", detail: "permission denied"))
    #expect(outcome == .denied(code: "42501", said: "permission denied"))
  }

  @Test func `the machine-readable report has the counts under their names`() throws {
    let data = try JSONEncoder().encode(report)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["violations"] as? Int == 2)
    #expect(object["database_cells"] as? Int == 6)
    #expect(object["cache_cells"] as? Int == 2)
    #expect(object["cells"] as? Int == 9)
    #expect((object["violation_list"] as? [Any])?.count == 2)
  }

  @Test func `the terminal's matrix shows what was found, within a hundred columns`() {
    let text = TerminalMatrix(report, isColoured: false).text
    for line in text.split(separator: "\n") where !line.contains("expected") {
      #expect(line.count <= TerminalMatrix.columns, "\(line)")
    }
    #expect(text.contains("s---!"))
    #expect(text.contains("----"))
    #expect(text.contains("42501 permission denied for table users"))
    #expect(text.contains("8 of 9 cells attempted (6 database, 2 cache) in 0.25 s"))
    #expect(text.contains("2 violations"))
    #expect(!text.contains("\u{1B}"))
  }

  @Test func `a square shows each verb's reach and which of them have only rows of their own`() {
    var square = MatrixSquare(reach: [.select: .all, .insert: .all], scoped: [.insert])
    #expect(square.text == "S[I]--")
    square = MatrixSquare(reach: [.select: .someColumns], isViolated: true)
    #expect(square.text == "s---!")
    let all = Dictionary(uniqueKeysWithValues: TableVerb.allCases.map { ($0, MatrixSquare.Reach.all) })
    square = MatrixSquare(reach: all, scoped: Set(TableVerb.allCases))
    #expect(square.text == "[SIUD]")
  }

  @Test func `colour is for terminals alone and changes no word`() {
    let plain = TerminalMatrix(report, isColoured: false).text
    let coloured = TerminalMatrix(report, isColoured: true).text
    #expect(coloured.contains("\u{1B}[1;31m"))
    #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
  }

  @Test func `long names are broken at a hyphen`() {
    #expect(TerminalMatrix.lines(of: "analytics-rollup-rw") == ["analytics-", "rollup-rw"])
    #expect(TerminalMatrix.lines(of: "connector-rw") == ["connector-", "rw"])
    #expect(TerminalMatrix.lines(of: "short") == ["short"])
  }

  @Test func `the page stands alone and escapes what it shows`() {
    let page = HTMLPage(report).text
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    for outside in ["src=", "href=", "<script", "@import", "url("] { #expect(!page.contains(outside)) }
    #expect(page.contains("&lt;b&gt;") && !page.contains("<b>"))
    #expect(page.contains("expected denied, got allowed"))
  }
}
