import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

struct StreamTests {
  private static func numbers(_ count: Int) -> Query {
    // The function is in the select list, because the server evaluates a function in FROM completely before it sends
    // the first row.
    PostgresFixture.read("SELECT generate_series(1, $1::int8), repeat('x', 1000)", [.integer(Int64(count))])
  }

  @Test func `a stream delivers every row in batches of the given size`() async throws {
    try await PostgresFixture.with { _, session in
      let sizes = try await session.stream(Self.numbers(10_050), batchRows: 500)
      #expect(sizes == Array(repeating: 500, count: 20) + [50])
    }
  }

  @Test func `a stream without rows ends without a batch`() async throws {
    try await PostgresFixture.with { _, session in
      let sizes = try await session.stream(Self.numbers(0), batchRows: 500)
      #expect(sizes.isEmpty)
    }
  }

  @Test func `a stopped stream leaves the session usable at once`() async throws {
    try await PostgresFixture.with { _, session in
      for _ in 0..<5 {
        let sizes = try await session.stream(Self.numbers(5_000_000), batchRows: 100, stopAfter: 2)
        #expect(sizes == [100, 100])
        let after = try await session.run("SELECT 7").integer(0, 0)
        #expect(after == 7)
      }
    }
  }

  @Test func `a stream stopped at its last batch ends without an error`() async throws {
    try await PostgresFixture.with { _, session in
      let exact = try await session.stream(Self.numbers(200), batchRows: 100, stopAfter: 2)
      #expect(exact == [100, 100])
      let partial = try await session.stream(Self.numbers(150), batchRows: 100, stopAfter: 2)
      #expect(partial == [100, 50])
    }
  }

  @Test func `while the consumer waits, the server waits too`() async throws {
    try await PostgresFixture.with { fixture, session in
      let consumer = SlowConsumer(session: session)
      try await consumer.takeFirstBatch(of: Self.numbers(100_000), batchRows: 100)
      // The rest is a hundred megabytes, so the server can only wait in the middle of sending it.
      try await DriverSession.with(fixture.database.driver, on: fixture.database.loop) { observer in
        try await eventually("the server waits for the client to read") {
          let waits = try await observer.run(
            """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND wait_event = 'ClientWrite'
            """)
          return try waits.integer(0, 0) == 1
        }
      }
      let rows = try await consumer.takeTheRest()
      #expect(rows == 100_000)
    }
  }

  @Test func `a stream of a failing statement fails`() async throws {
    try await PostgresFixture.with { _, session in
      let error = await #expect(throws: DatabaseError.self) {
        _ = try await session.stream(
          PostgresFixture.read("SELECT 1 / (500 - n) FROM generate_series(1, 1000) n"), batchRows: 100)
      }
      #expect(error?.nativeCode == "22012")
      let after = try await session.run("SELECT 7").integer(0, 0)
      #expect(after == 7)
    }
  }
}
