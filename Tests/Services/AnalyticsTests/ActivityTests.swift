import DataAccess
import DatabaseTestSupport
import Schema
import Testing

@testable import analytics

/// The day on which each event counts, and the sessions that count as open.
@Suite struct ActivityTests {
  private static let day = CalendarDate(daysSinceEpoch: 20_000)

  private func with(
    _ engine: TestEngine, _ body: (Database, ActivityRepository) async throws -> Void
  ) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool { database in
        try await body(database, ActivityRepository(database: database))
      }
    }
  }

  private func addUser(_ database: Database, at moment: Timestamp) async throws -> Int64 {
    try await database.insert(
      Users.insert(
        \.email <- "ada@example.org", \.password <- "x", \.active <- true, \.fsUniquifier <- "u",
        \.role <- "member", \.createdAt <- moment, \.updatedAt <- moment),
      returning: \.id)
  }

  @Test(arguments: TestEngine.drivers)
  func `an event at midnight counts for the day that begins, and for no other`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database, activity in
      let midnight = Self.day.start
      for type in ["user.created", "session.created"] { try await addEvent(type, to: database, at: midnight) }
      let values = try await activity.values(from: Self.day.adding(days: -1), to: Self.day.adding(days: 1))
      for (metric, value) in [(Metric.usersCreated, 1), (.sessionsCreated, 1), (.events, 2)] {
        let found = values.filter { $0.metric == metric }.map(\.value)
        #expect(found == [0, Int64(value), 0], "\(metric)")
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a deleted user still counts on the day of the sign-up, and another service's event does not`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database, activity in
      let user = try await addUser(database, at: Self.day.start)
      try await addEvent("user.created", to: database, at: Self.day.start)
      try await addEvent("user.created", by: "connector", to: database, at: Self.day.start)
      try await database.run(Users.delete().where(\.id == user))
      let values = try await activity.values(from: Self.day, to: Self.day)
      #expect(values.first { $0.metric == .usersCreated }?.value == 1)
    }
  }

  private func addEvent(
    _ type: String, by source: String = "backend-api", to database: Database, at moment: Timestamp
  ) async throws {
    try await database.run(
      Events.insert(
        \.type <- type, \.source <- source, \.subject <- "1", \.payload <- .emptyObject,
        \.occurredAt <- moment))
  }

  @Test(arguments: TestEngine.drivers)
  func `all metrics of all days are one statement, and so is the summary`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      let counting = CountingDriver(test.driver)
      try await test.withPool(driver: counting) { database in
        let activity = ActivityRepository(database: database)
        let before = counting.executed
        let values = try await activity.values(from: Self.day.adding(days: -30), to: Self.day)
        #expect(values.count == 31 * Metric.allCases.count)
        #expect(counting.executed == before + 1)
        let summary = try await activity.summary(at: Self.day.start)
        #expect(summary.users.total == 0 && summary.events == 0)
        #expect(counting.executed == before + 2)
      }
    }
  }

  @Test(arguments: TestEngine.all)
  func `the first day ignores events with times that cannot be read`(engine: TestEngine) async throws {
    try await with(engine) { database, activity in
      for age: Int32 in [0, 3] {
        try await database.run(
          Events.insert(
            \.type <- "x", \.source <- "s", \.subject <- "\(age)",
            \.occurredAt <- Self.day.adding(days: -age).start))
      }
      _ = try await database.unsafeQuery(
        unsafeSQL: "UPDATE events SET occurred_at = 'infinity' WHERE subject = '3'")
      let first = try await activity.firstDay(from: Self.day.adding(days: -30), to: Self.day)
      #expect(first == Self.day)
      let values = try await activity.values(from: Self.day.adding(days: -30), to: Self.day)
      #expect(values.map(\.value).reduce(0, +) == 1)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a session is open until it expires or is signed out`(engine: TestEngine) async throws {
    try await with(engine) { database, activity in
      let now = Self.day.start
      let user = try await addUser(database, at: now)
      let sessions: [(hash: String, expiry: Int64, isRevoked: Bool)] = [
        ("1", 60, false), ("2", 0, false), ("3", -60, false), ("4", 60, true),
      ]
      for session in sessions {
        try await database.run(
          Sessions.insert(
            \.userID <- user, \.tokenHash <- String(repeating: session.hash, count: 64), \.createdAt <- now,
            \.expiresAt <- now.adding(seconds: session.expiry), \.revokedAt <- session.isRevoked ? now : nil))
      }
      let counts = try await activity.summary(at: now).sessions
      #expect(counts.total == 4)
      #expect(counts.open == 1)
    }
  }
}
