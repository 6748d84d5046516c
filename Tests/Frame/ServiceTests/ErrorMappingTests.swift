import Cryptography
import DataAccess
import EventLoop
import HTTP
import Logging
import Routing
import Runtime
import Testing

@testable import Service

@Suite struct ErrorMappingTests {
  private let log = WrittenLines()
  private let metrics = MetricRegistry()
  private let mapping: ErrorMapping

  init() {
    let logger = Logger.program("test", settings: LogSettings(format: .text), sink: log.sink)
    mapping = ErrorMapping(
      account: "own-account", logger: logger, metrics: metrics, lines: TroubleLines())
  }

  private func problem(_ error: any Error) -> Problem { mapping.problem(for: error) }

  @Test(
    arguments: [
      (.uniqueViolation(constraint: "users_email_key"), .conflict), (.foreignKeyViolation, .conflict),
      (.checkViolation, .unprocessableContent), (.valueOutOfRange, .unprocessableContent),
      (.connectionLost, .serviceUnavailable), (.connectionRefused, .serviceUnavailable),
      (.acquireTimeout("held by x"), .serviceUnavailable), (.deadlock, .serviceUnavailable),
      (.statementTimeout, .serviceUnavailable), (.cancelled, .serviceUnavailable),
      (.invalidStatement, .internalServerError),
      (.decoding, .internalServerError), (.authenticationFailed, .serviceUnavailable),
      (.readOnlyServer, .serviceUnavailable), (.storageFull, .serviceUnavailable),
      (.unreadableFile, .serviceUnavailable),
      (.notNullViolation, .internalServerError), (.other, .internalServerError),
    ] as [(DatabaseError.Kind, Status)])
  func `each kind of database error has its status`(kind: DatabaseError.Kind, status: Status) {
    let problem = problem(DatabaseError(kind, detail: "inner words"))
    #expect(problem.status == status)
    #expect(problem.detail?.contains("inner words") != true)
    #expect(problem.detail?.contains("users_email_key") != true)
  }

  @Test(arguments: ["events_pkey", "users.id"])
  func `a key that the database assigned twice is no conflict of the client, and is logged once`(key: String)
    throws
  {
    let error = DatabaseError(
      .uniqueViolation(constraint: key), nativeCode: "23505", operation: "insert events",
      detail: "Key (id)=(7)")
    for _ in 0..<10 { #expect(problem(error).status == .internalServerError) }
    #expect(log.all.count == 1)
    let line = try #require(log.first(containing: "assigned a key"))
    #expect(line.contains("key=\(key)") && !line.contains("(7)"))
  }

  @Test func `an unreadable row is a 500 that names the row and no value`() {
    let row = UnreadableRow(table: "users", id: 7, column: "confirmed_at")
    let problem = problem(DatabaseError(.decoding, detail: "users.confirmed_at: inner words", row: row))
    #expect(problem.status == .internalServerError)
    #expect(problem.detail?.contains("the row 7 of users") == true)
    #expect(problem.detail?.contains("inner words") == false)
    #expect(log.first(containing: "unreadable row") != nil)
    let exposition = String(decoding: metrics.exposition(), as: UTF8.self)
    #expect(exposition.contains(#"database_unreadable_rows_total{table="users"} 1"#))
  }

  @Test(
    arguments: [.lockTimeout, .statementTimeout, .deadlock, .serializationFailure] as [DatabaseError.Kind])
  func `a statement that the server ended is logged once with its code, not for every request`(
    kind: DatabaseError.Kind
  ) throws {
    let error = DatabaseError(kind, nativeCode: "55P03", operation: "update users")
    for _ in 0..<10 { #expect(problem(error).status == .serviceUnavailable) }
    #expect(log.all.count == 1)
    let line = try #require(log.first(containing: "the database ended a statement"))
    #expect(line.contains("55P03") && line.contains("update users"))
  }

  @Test func `a statement whose caller has gone is no line of the log`() {
    #expect(problem(DatabaseError(.cancelled)).status == .serviceUnavailable)
    #expect(problem(CancellationError()).status == .serviceUnavailable)
    #expect(log.all.isEmpty)
  }

  @Test func `a full disk is logged once with its reason, not for every request that meets it`() {
    let error = DatabaseError(.storageFull, nativeCode: "13", detail: "/data/app_db.db: disk is full")
    for _ in 0..<10 {
      #expect(problem(error).headers == [Problem.HeaderField("Retry-After", "1")])
      #expect(problem(error).detail?.contains("/data") == false)
    }
    #expect(log.all.count == 1)
    #expect(log.first(containing: "/data/app_db.db: disk is full") != nil)
  }

  @Test func `a paused line is due again after its pause`() {
    let line = PausedLine()
    #expect(line.isDue(at: 5))
    #expect(!line.isDue(at: 5 + PausedLine.pauseNanoseconds - 1))
    #expect(line.isDue(at: 5 + PausedLine.pauseNanoseconds))
  }

  @Test func `a value that cryptography refuses is a 422`() {
    #expect(problem(CryptographyError.invalidParameter("a zero byte")).status == .unprocessableContent)
    #expect(problem(CryptographyError.malformedHash).status == .internalServerError)
  }

  @Test func `an answer that allows a retry names the time`() {
    for error in [DatabaseError(.connectionLost), OffloadError.queueFull(limit: 1)] as [any Error] {
      #expect(problem(error).headers == [Problem.HeaderField("Retry-After", "1")])
    }
  }

  @Test(arguments: ["", "commit", "insert events", "update users", "delete sessions"])
  func `an answer to a request whose write was lost says that its outcome is unknown`(operation: String) {
    #expect(problem(DatabaseError(.connectionLost, operation: operation)).detail?.contains("unknown") == true)
  }

  @Test(arguments: [
    Query(sql: "SELECT 1", operation: Operation(.select, table: "users"), isRead: true),
    Dialect.postgreSQL.begin(.readWrite),
  ])
  func `an answer to a request whose read was lost says nothing of a change`(query: Query) {
    let detail = problem(DatabaseError(.connectionLost).during(query)).detail
    #expect(detail == "The connection to the database was lost.")
    #expect(problem(DatabaseError(.readOnlyServer)).detail?.contains("unknown") == false)
  }

  @Test func `a denial without an account is logged with the service's own account`() {
    _ = problem(
      DatabaseError(.permissionDenied(PermissionDenial(account: "", verb: .delete, table: "users"))))
    #expect(log.first(containing: "account=own-account") != nil)
    #expect(log.first(containing: "verb=delete") != nil)
  }

  @Test func `an acquire timeout logs the holders of the connections`() {
    _ = problem(DatabaseError(.acquireTimeout("update users for 2100 ms")))
    #expect(log.first(containing: "update users for 2100 ms") != nil)
  }

  @Test func `an unavailable database does not fill the log`() {
    for _ in 0..<10 { _ = problem(DatabaseError(.connectionLost)) }
    #expect(log.all == [])
  }

  @Test func `an unknown error is logged, and the client sees no detail`() {
    struct Strange: Error { let secret = "hunter2" }
    #expect(problem(Strange()) == .internalError())
    #expect(log.first(containing: "unexpected error") != nil)
  }

  @Test func `a problem passes unchanged`() {
    #expect(problem(Problem.notFound("x")) == .notFound("x"))
  }
}
