import DataAccess
import Testing

@testable import SQLiteDriver

struct LimitTests {
  private let file: TestFile
  private let session: FileSession

  init() throws {
    file = try TestFile()
    session = try file.session(as: TestFile.connector)
  }

  @Test(arguments: [
    "SELECT zeroblob(17000000)", "SELECT replace(hex(zeroblob(4000000)), '0', 'xxxx')",
    "SELECT \(String(repeating: "(", count: 300))1\(String(repeating: ")", count: 300))",
    "SELECT \(String(repeating: "1+", count: 400))1",
    "SELECT 1 \(String(repeating: "UNION ALL SELECT 1 ", count: 60))",
    "SELECT 'a' LIKE '\(String(repeating: "%a", count: 600))'",
    "SELECT \((0..<300).map(String.init).joined(separator: ","))",
    "SELECT '\(String(repeating: "x", count: 1 << 20))'",
  ])
  func `a statement beyond a limit is rejected`(_ sql: String) throws {
    let error = try #require(session.attempt(sql))
    #expect(
      error.kind == .valueOutOfRange || error.kind == .invalidStatement || error.nativeCode == "18",
      "\(error)")
  }

  @Test func `a statement takes as many parameters as the dialect's limit, and no more`() throws {
    let limit = Dialect.sqlite.bindLimit
    let values = [DatabaseValue](repeating: .integer(1), count: limit)
    func query(_ count: Int) -> Query {
      Query(
        sql: "SELECT 1 WHERE 1 IN (\([String](repeating: "?", count: count).joined(separator: ",")))",
        bindings: values, operation: Operation(.select))
    }
    #expect(try session.run(query(limit), on: .generous).rowCount == 1)
    #expect(throws: DatabaseError.self) { try session.run(query(limit + 1), on: .generous) }
  }

  @Test func `an endless statement is stopped at its deadline`() throws {
    let terms = FileSession.Terms(timeouts: StatementTimeouts(statementMilliseconds: 50, lockMilliseconds: 0))
    let error = #expect(throws: DatabaseError.self) { try session.run(.of(Self.endless), on: terms) }
    #expect(error?.kind == .statementTimeout)
    #expect(error?.nativeCode == "9")
    #expect(try session.rows("SELECT 1").count == 1)
  }

  @Test func `a statement is stopped when it is cancelled`() async throws {
    let cancellation = Cancellation()
    let canceller = Task {
      try await Task.sleep(for: .milliseconds(30))
      cancellation.request()
    }
    let terms = FileSession.Terms(timeouts: FileSession.Terms.generous.timeouts, cancellation: cancellation)
    let error = #expect(throws: DatabaseError.self) { try session.run(.of(Self.endless), on: terms) }
    #expect(error?.kind == .statementTimeout)
    try await canceller.value
  }

  @Test func `a result beyond the row limit is rejected`() throws {
    let few = try file.opener(.restricted(TestFile.connector), SQLiteOptions(maximumResultRows: 3)).open(
      for: .reading)
    #expect(few.attempt("VALUES (1), (2), (3)") == nil)
    #expect(few.attempt("VALUES (1), (2), (3), (4)")?.nativeCode == "18")
  }

  static let endless =
    "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
}

struct StatementCacheTests {
  @Test func `a statement is compiled once and reused`() throws {
    let session = try TestFile().session(as: TestFile.connector)
    for _ in 0..<5 { try session.rows("SELECT id FROM events WHERE id = ?", .integer(1)) }
    #expect(session.cache.misses == 1)
    #expect(session.cache.hits == 4)
    #expect(session.cache.count == 1)
  }

  @Test func `the least recently used statement is evicted`() throws {
    let file = try TestFile()
    let session = try file.opener(.unrestricted, SQLiteOptions(statementCacheCapacity: 2)).open(for: .writing)
    for number in [1, 2, 1, 3] { try session.rows("SELECT \(number)") }
    #expect(session.cache.count == 2)
    try session.rows("SELECT 1")
    #expect(session.cache.hits == 2)
    try session.rows("SELECT 2")
    #expect(session.cache.misses == 4)
  }

  @Test func `a statement that is not reusable is not cached`() throws {
    let session = try TestFile().admin()
    let once = Query(sql: "SELECT 1", operation: Operation(.other), isReusable: false)
    try session.run(once, on: .generous)
    #expect(session.cache.count == 0)
  }

  @Test func `a failed statement is usable again`() throws {
    let session = try TestFile().admin()
    let sql = "INSERT INTO ledger (id, name) VALUES (?, ?)"
    #expect(throws: DatabaseError.self) { try session.rows(sql, .integer(1), .text("x")) }
    #expect(throws: DatabaseError.self) { try session.rows(sql, .integer(2)) }
    try session.rows(sql, .integer(2), .text("y"))
    #expect(session.cache.count == 1)
    #expect(try session.scalar("SELECT count(*) FROM ledger") == .integer(2))
  }

  @Test func `a cached statement sees a table that another session changed`() throws {
    let file = try TestFile()
    let session = try file.session(as: TestFile.connector)
    #expect(try session.rows("SELECT * FROM events").first?.count == 3)
    try file.admin().rows("ALTER TABLE events ADD COLUMN extra text")
    #expect(try session.rows("SELECT * FROM events").first?.count == 4)
  }
}
