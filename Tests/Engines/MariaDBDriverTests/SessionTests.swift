import DataAccess
import DatabaseTestSupport
import MariaDBDriver
import TestSupport
import Testing

/// The settings of a session, on a server whose own settings are others.
@Suite struct SessionTests {
  @Test func `an aggregate over a view runs as often as it is sent`() async throws {
    try await TestDatabase.with(.family) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        try await session.run("CREATE TABLE counted (id bigint PRIMARY KEY)")
        try await session.run("INSERT INTO counted VALUES (1), (2)")
        try await session.run("CREATE VIEW seen AS SELECT id FROM counted")
        let query = Query(
          sql:
            "SELECT * FROM (SELECT count(*) FROM seen) AS a CROSS JOIN (SELECT count(*) AS n FROM counted) AS b",
          operation: Operation(.select, table: "seen"), isRead: true)
        for _ in 0..<3 { #expect(try await session.execute(query).integer(0, 0) == 2) }
      }
    }
  }

  @Test func `a session is in UTC, strict, and compares text by its bytes`() async throws {
    try await TestDatabase.with(.family) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        let row = try await session.run(
          "SELECT @@time_zone, @@sql_mode, /*M! @@tx_isolation */ /*!80017 @@transaction_isolation */, @@collation_connection, @@character_set_results"
        )
        #expect(try row.text(0, 0) == "+00:00")
        #expect(try row.text(0, 1).contains("STRICT_ALL_TABLES"))
        #expect(try row.text(0, 2) == "READ-COMMITTED")
        #expect(["utf8mb4_nopad_bin", "utf8mb4_0900_bin"].contains(try row.text(0, 3)))
        #expect(try row.text(0, 4) == "utf8mb4")
      }
    }
  }

  @Test(arguments: [("a@b.c", "A@b.c"), ("é@b.c", "e@b.c"), ("a@b.c", "a@b.c "), ("\u{1F600}", "\u{1F601}")])
  func `two addresses that differ in case, accents, trailing spaces or rare characters are two keys`(
    first: String, second: String
  ) async throws {
    try await TestDatabase.with(.family) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        let type = test.driver.dialect.types[.varchar(100)]
        try await session.run("CREATE TABLE people (email \(type) NOT NULL UNIQUE)")
        for email in [first, second] {
          try await session.run("INSERT INTO people VALUES (?)", [.text(email)])
        }
        let found = try await session.run("SELECT email FROM people WHERE email = ?", [.text(second)])
        #expect(found.rowCount == 1)
        #expect(try found.text(0, 0) == second)
      }
    }
  }

  @Test func `a value that does not fit is refused and not cut`() async throws {
    try await TestDatabase.with(.family) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        try await session.run("CREATE TABLE small (name varchar(3), number tinyint, day date)")
        for values in ["'four', 1, NULL", "'abc', 1000, NULL", "'abc', 1, '2026-02-30'"] {
          let error = await #expect(throws: DatabaseError.self) {
            try await session.run("INSERT INTO small VALUES (\(values))")
          }
          #expect(error?.kind == .valueOutOfRange)
        }
      }
    }
  }

  @Test func `an infinite number is refused before it is sent`() async throws {
    try await TestDatabase.with(.family) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        for number in [Double.infinity, -.infinity, .nan] {
          let error = await #expect(throws: DatabaseError.self) {
            try await session.run("SELECT ?", [.double(number)])
          }
          #expect(error?.kind == .valueOutOfRange)
        }
        let answer1 = try await session.run("SELECT 1").integer(0, 0)
        #expect(answer1 == 1)
      }
    }
  }

  @Test func `a statement with another number of values is refused, and the session goes on`() async throws {
    try await TestDatabase.with(.family) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        for values in [[], [.integer(1), .integer(2)]] as [[DatabaseValue]] {
          let error = await #expect(throws: DatabaseError.self) { try await session.run("SELECT ?", values) }
          #expect(error?.kind == .invalidStatement)
        }
        let answer2 = try await session.run("SELECT ?", [.integer(7)]).integer(0, 0)
        #expect(answer2 == 7)
      }
    }
  }

  @Test func `more statements than the connection keeps are prepared one after the other`() async throws {
    try await TestDatabase.with(.family) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        for round in 0..<2 {
          for number in 0..<300 {
            let row = try await session.run("SELECT \(number) + ?", [.integer(Int64(round))])
            #expect(try row.integer(0, 0) == Int64(number + round))
          }
        }
        let kept = try await session.run("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'")
        #expect(Int64(try kept.text(0, 1)) == 601)
      }
    }
  }

  @Test
  func
    `a number of columns that changes under a prepared statement ends the session, and a new one reads them`()
    async throws
  {
    try await TestDatabase.with(.family) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        try await session.run("CREATE TABLE changing (a bigint)")
        try await session.run("INSERT INTO changing VALUES (5)")
        let before = try await session.run("SELECT * FROM changing").integer(0, 0)
        #expect(before == 5)
        try await session.run("ALTER TABLE changing MODIFY a varchar(9), ADD b date DEFAULT '2026-01-02'")
        let error = await #expect(throws: DatabaseError.self) {
          try await session.run("SELECT * FROM changing")
        }
        #expect(error?.kind == .connectionLost)
      }
      try await DriverSession.with(test.driver, on: test.loop) { session in
        let row = try await session.run("SELECT * FROM changing")
        #expect(row.columnNames == ["a", "b"])
        #expect(try row.text(0, 0) == "5")
        #expect(try row.date(0, 1).iso8601 == "2026-01-02")
      }
    }
  }

  @Test func `a transaction that the server has undone for a deadlock accepts nothing but its rollback`()
    async throws
  {
    try await TestDatabase.with(.family) { test in
      try await DriverSession.with(test.driver, on: test.loop) { first in
        try await first.run("CREATE TABLE pairs (id integer PRIMARY KEY, n integer)")
        try await first.run("INSERT INTO pairs VALUES (1, 0), (2, 0)")
        try await DriverSession.with(test.driver, on: test.loop) { second in
          try await Self.deadlock(first, second)
        }
      }
    }
  }

  private static func deadlock(_ first: DriverSession, _ second: DriverSession) async throws {
    let begin = "START TRANSACTION"
    for (session, row) in [(first, 1), (second, 2)] {
      try await session.run(begin)
      try await session.run("UPDATE pairs SET n = n + 1 WHERE id = \(row)")
    }
    async let one = Self.outcome { try await first.run("UPDATE pairs SET n = n + 1 WHERE id = 2") }
    async let other = Self.outcome { try await second.run("UPDATE pairs SET n = n + 1 WHERE id = 1") }
    let errors = await [one, other]
    #expect(errors.compactMap { $0?.kind } == [.deadlock])
    let (victim, winner) = errors[0] != nil ? (first, second) : (second, first)
    let refused = await Self.outcome { try await victim.run("INSERT INTO pairs VALUES (3, 0)") }
    #expect(refused?.kind == .deadlock && refused?.isRetryable == true)
    _ = try await victim.execute(
      Query(sql: "ROLLBACK", operation: Operation(.other, label: "rollback"), isReusable: false))
    try await winner.run("COMMIT")
    let rows = try await victim.run("SELECT n FROM pairs ORDER BY id")
    #expect(rows.rowCount == 2)
  }

  private static func outcome(_ body: () async throws -> any ResultSet) async -> DatabaseError? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error as? DatabaseError
    }
  }
}
