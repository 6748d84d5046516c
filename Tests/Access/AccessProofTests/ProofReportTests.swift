import Cache
import DataAccess
import Foundation
import Testing

@testable import AccessProof

/// The counts and the verdict of a proof's report.
@Suite struct ProofReportTests {
  private static func result(
    in side: ProofCell.Side = .database, _ account: String, _ object: String, _ verb: String,
    _ column: String? = nil, row: String? = nil, expected: ProofCell.Expectation, _ outcome: ProofOutcome
  ) -> ProofResult {
    ProofResult(
      cell: ProofCell(
        side, account: account, object: object, verb: verb, column: column, row: row, expected: expected),
      outcome: outcome)
  }

  private static let denied = ProofOutcome.denied(
    code: "42501", message: "permission denied for table users")

  private let report = ProofReport(
    results: [
      result("analytics-ro", "users", "select", "id", expected: .allowed, .allowed),
      result("analytics-ro", "users", "select", "email", expected: .denied, .allowed),
      result("analytics-ro", "users", "insert", "id", expected: .denied, denied),
      result("analytics-ro", "users", "update", "id", expected: .denied, denied),
      result("twitch-trigger", "users", "select", "id", expected: .denied, denied),
      result("twitch-trigger", "users", "select row", row: "role=x", expected: .unseen, .unseen),
      result(in: .cache, "analytics-cache", "analytics:*", "read GET", expected: .allowed, .allowed),
      result(
        in: .cache, "analytics-cache", "analytics:*", "write SET", expected: .denied,
        .failed(code: "WRONGTYPE", message: "wrong kind")),
    ], cells: 9, seconds: 0.254)

  @Test func `a report counts its cells and lists those that differ from the manifest`() {
    #expect(report.attempted == 8)
    #expect(report.databaseCells == 6)
    #expect(report.cacheCells == 2)
    #expect(report.allowedAsExpected == 2)
    #expect(report.deniedAsExpected == 4)
    #expect(
      report.violations.map(\.description) == [
        "analytics-ro: select users (email): expected denied, got allowed",
        "analytics-cache: write SET analytics:*: expected denied, got failed (WRONGTYPE): wrong kind",
      ])
    #expect(!report.isClean)
  }

  @Test func `a report has the first refusal of each account`() {
    #expect(report.denials.map(\.cell.account) == ["analytics-ro", "twitch-trigger"])
    #expect(report.denials.map(\.cell.verb) == ["insert", "select"])
  }

  @Test func `a proof that omitted cells is not clean`() {
    let short = ProofReport(results: Array(report.results.prefix(1)), cells: 2, seconds: 0)
    #expect(short.violations.isEmpty)
    #expect(!short.isClean)
  }

  @Test func `a proof in which an engine failed is not clean`() {
    var cacheAlone = ProofReport(results: [report.results[6]], cells: 1, seconds: 0)
    #expect(cacheAlone.isClean)
    cacheAlone.failures = [ProofReport.EngineFailure(engine: "PostgreSQL", error: "refused")]
    #expect(!cacheAlone.isClean)
  }

  @Test(arguments: [ProofCell.Expectation.allowed, .denied, .unseen])
  func `a cell that failed for another reason than permission never matches the manifest`(
    _ expected: ProofCell.Expectation
  ) {
    #expect(!ProofOutcome.failed(code: "23502", message: "not null").meets(expected))
  }

  @Test(
    arguments: [
      .uniqueViolation(constraint: nil), .foreignKeyViolation, .checkViolation, .notNullViolation,
      .statementTimeout, .cancelled, .connectionLost, .connectionRefused,
      .readOnlyServer, .unreadableFile, .authenticationFailed, .tooManyConnections, .acquireTimeout("held"),
      .valueOutOfRange,
      .invalidStatement, .decoding, .other,
    ] as [DatabaseError.Kind])
  func `a database error other than a missing privilege counts as failed`(_ kind: DatabaseError.Kind) {
    let outcome = ProofOutcome(DatabaseError(kind, nativeCode: "code", detail: "words"))
    #expect(outcome == .failed(code: "code", message: "words"))
  }

  @Test(arguments: [
    DatabaseError.Kind.storageFull, .shuttingDown, .deadlock, .lockTimeout, .serializationFailure,
  ])
  func `a full or ending server and the locks of others leave a cell untried`(_ kind: DatabaseError.Kind) {
    let outcome = ProofOutcome(DatabaseError(kind, nativeCode: "code", detail: "words"))
    #expect(outcome == .notTried(code: "code", message: "words"))
    #expect([ProofCell.Expectation.allowed, .denied, .unseen, .open].allSatisfy { !outcome.meets($0) })
  }

  @Test func `a missing privilege counts as denied`() {
    let denial = PermissionDenial(account: "analytics-ro", verb: .select, table: "users")
    let outcome = ProofOutcome(
      DatabaseError(.permissionDenied(denial), nativeCode: "42501", detail: "permission denied"))
    #expect(outcome == .denied(code: "42501", message: "permission denied"))
  }

  @Test(
    arguments: [
      .refused(code: "WRONGTYPE", message: "kind"), .authenticationFailed(account: "analytics-cache"),
      .untrustedServer("name"), .encryptionFailed("handshake"), .replyTooLarge, .protocolViolation("noise"),
      .invalidCommand("empty"), .closed,
    ] as [CacheError], [ProofCell.Expectation.allowed, .denied])
  func `a cache error other than a missing permission counts as failed`(
    _ error: CacheError, _ expected: ProofCell.Expectation
  ) {
    let outcome = ProofOutcome(error, expecting: expected)
    guard case .failed = outcome else {
      Issue.record("\(error) counts as \(outcome)")
      return
    }
  }

  @Test(
    arguments: [.unreachable("away"), .connectionLost("reset"), .deadlineExceeded, .queueFull]
      as [CacheError],
    [ProofCell.Expectation.allowed, .denied])
  func `a cache that does not answer leaves a cell untried`(
    _ error: CacheError, _ expected: ProofCell.Expectation
  ) {
    #expect(ProofOutcome(error, expecting: expected).isNotTried)
  }

  @Test func `a missing permission of the cache counts as denied`() {
    let denial = CacheDenial(account: "analytics-cache", arguments: [Array("SET".utf8)], subject: .command)
    let outcome = ProofOutcome(CacheError.permissionDenied(denial), expecting: .allowed)
    #expect(outcome == .denied(code: "NOPERM", message: denial.description))
  }

  @Test func `the JSON report has the counts under their names`() throws {
    let data = try JSONEncoder().encode(report)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["violations"] as? Int == 2)
    #expect(object["allowed_as_declared"] as? Int == 2)
    #expect(object["denied_as_declared"] as? Int == 4)
    #expect(object["database_cells"] as? Int == 6)
    #expect(object["cache_cells"] as? Int == 2)
    #expect(object["cells"] as? Int == 9)
    #expect((object["violation_list"] as? [Any])?.count == 2)
    #expect(object["not_tried"] as? Int == 0)
    #expect(object["not_tried_list"] == nil && object["left_out_patterns"] == nil)
  }
}
