import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

struct PreparedStatementTests {
  private static let countPrepared = Query(
    sql: "SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql", operation: Operation(.select),
    isRead: true, isReusable: false)

  @Test func `a statement is prepared once and reused`() async throws {
    try await PostgresFixture.with { _, session in
      for number in 0..<20 {
        let query = PostgresFixture.read("SELECT $1::int8 + 1", [.integer(Int64(number))])
        let found = try await session.execute(query).integer(0, 0)
        #expect(found == Int64(number) + 1)
      }
      let kept = try await session.execute(
        Query(
          sql: "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE NOT from_sql",
          operation: Operation(.select), isReusable: false))
      #expect(kept.rowCount == 1)
      #expect(try kept.integer(0, 0) == 20)
    }
  }

  @Test func `statements evicted from the cache are dropped on the server too`() async throws {
    try await PostgresFixture.with { _, session in
      for number in 0..<300 {
        _ = try await session.execute(PostgresFixture.read("SELECT \(number)"))
      }
      let found = try await session.execute(Self.countPrepared).integer(0, 0)
      #expect(found == 256)
    }
  }

  @Test func `statements that the server has dropped are prepared again`() async throws {
    try await PostgresFixture.with { _, session in
      let query = PostgresFixture.read("SELECT 4")
      _ = try await session.execute(query)
      try await session.run("DEALLOCATE ALL")
      let outcomes = await session.executeTogether([query, query, PostgresFixture.read("SELECT 5")])
      #expect(outcomes.map(\.integer) == [4, 4, 5])
    }
  }

  @Test func `a statement that the server has dropped is not repeated inside a transaction`() async throws {
    try await PostgresFixture.with { _, session in
      let query = PostgresFixture.read("SELECT 4")
      _ = try await session.execute(query)
      try await session.run("DEALLOCATE ALL")
      try await session.run("BEGIN")
      let error = await #expect(throws: DatabaseError.self) { try await session.execute(query) }
      #expect(
        error?.nativeCode == "26000", "the server's own error, not that of the failed transaction")
      try await session.run("ROLLBACK")
      let after = try await session.execute(query).integer(0, 0)
      #expect(after == 4)
    }
  }

  @Test func `a statement survives a change of its table's columns`() async throws {
    try await PostgresFixture.with { _, session in
      try await session.run("CREATE TABLE things (id int8, size int4)")
      try await session.run("INSERT INTO things VALUES (1, 2)")
      let query = PostgresFixture.read("SELECT size FROM things", table: "things")
      let before = try await session.execute(query).integer(0, 0)
      #expect(before == 2)
      try await session.run("ALTER TABLE things ALTER COLUMN size TYPE text")
      let after = try await session.execute(query).text(0, 0)
      #expect(after == "2")
    }
  }

  @Test func `a text with a zero character is rejected before it is sent`() async throws {
    try await PostgresFixture.with { _, session in
      let error = await #expect(throws: DatabaseError.self) {
        try await session.run("SELECT $1::text", [.text("a\0b")])
      }
      #expect(error?.kind == .valueOutOfRange)
      let found = try await session.run("SELECT 1").integer(0, 0)
      #expect(found == 1)
    }
  }

  @Test(arguments: [
    DatabaseValue.timestamp(Timestamp(microsecondsSinceEpoch: .min)),
    .timestamp(Timestamp(microsecondsSinceEpoch: .max)), .date(CalendarDate(daysSinceEpoch: .min)),
    .date(CalendarDate(daysSinceEpoch: .max)),
  ])
  func `a timestamp or date out of range is rejected before it is sent`(value: DatabaseValue)
    async throws
  {
    try await PostgresFixture.with { _, session in
      let error = await #expect(throws: DatabaseError.self) {
        try await session.run("SELECT $1::text", [value])
      }
      #expect(error?.kind == .valueOutOfRange)
      let after = try await session.run("SELECT 1").integer(0, 0)
      #expect(after == 1)
    }
  }
}
