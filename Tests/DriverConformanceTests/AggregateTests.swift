import DataAccess
import DatabaseTestSupport
import Schema
import Testing

/// Counts, extremes and groups on every engine.
@Suite struct AggregateTests {
  private static let day = CalendarDate(daysSinceEpoch: 20_000)

  /// Five rows on two days: `big` is 0...4, and the flag is true for the even ones.
  private func with(_ engine: TestEngine, _ body: (Database) async throws -> Void) async throws {
    try await Conformance.with(engine) { database in
      let midnight = Self.day.start.microsecondsSinceEpoch
      // The last microsecond of a day, and the first of the next.
      let moments = [-1, 0, 1, 86_399_999_999, 86_400_000_000].map {
        Timestamp(microsecondsSinceEpoch: midnight + $0)
      }
      for (number, moment) in moments.enumerated() {
        try await database.run(
          Samples.insert(
            \.label <- "row \(number)", \.big <- Int64(number), \.flag <- number.isMultiple(of: 2),
            \.moment <- moment))
      }
      try await body(database)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `counts with filters and extremes arrive in one row`(engine: TestEngine) async throws {
    try await with(engine) { database in
      let row = try await database.one(
        Samples.aggregate(.count(), .count(where: \.flag == true), .max(\.label), .min(\.label)).making {
          ($0, $1, $2, $3)
        })
      #expect(row == (5, 3, "row 4", "row 0"))
      let none = try await database.one(
        Samples.aggregate(.count(), .max(\.label)).where(\.label == "no such row").making { ($0, $1) })
      #expect(none.0 == 0 && none.1 == nil)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `rows are grouped by the day of a time in UTC`(engine: TestEngine) async throws {
    try await with(engine) { database in
      let groups = try await database.all(
        Moments.aggregate(.day(of: \.moment), .count()).where(\.label != "row 1").making { ($0, $1) })
      let counts = Dictionary(groups.map { ($0.0.daysSinceEpoch, $0.1) }, uniquingKeysWith: +)
      #expect(counts == [19_999: 1, 20_000: 2, 20_001: 1])
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `several aggregates of different shapes come from one statement`(engine: TestEngine) async throws {
    try await with(engine) { database in
      let (rows, flags, last) = try await database.together(
        Samples.aggregate(.count()).making { $0 },
        Samples.aggregate(.count(where: \.flag == true), .count(where: \.flag == false)).making { [$0, $1] },
        Moments.aggregate(.max(\.big)).where(\.big < 3).making { $0 })
      #expect(rows == 5 && flags == [3, 2] && last == 2)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `groups of several aggregates arrive apart`(engine: TestEngine) async throws {
    try await with(engine) { database in
      let groups = try await database.groups(of: [
        Moments.aggregate(.day(of: \.moment), .count()).where(\.big == 0).making { ($0, $1) },
        Moments.aggregate(.day(of: \.moment), .count()).where(\.big > 9).making { ($0, $1) },
        Moments.aggregate(.day(of: \.moment), .count()).where(\.big > 3).making { ($0, $1) },
      ])
      #expect(groups.map { $0.map(\.0.daysSinceEpoch) } == [[19_999], [], [20_001]])
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a group whose day cannot be read is left out and reported`(engine: TestEngine) async throws {
    try await with(engine) { database in
      _ = try await database.unsafeQuery(
        unsafeSQL: "UPDATE samples SET moment = '\(engine.oddTimes[0])' WHERE label = 'row 0'")
      let groups = try await database.all(
        Moments.aggregate(.day(of: \.moment), .count()).making { ($0, $1) })
      #expect(groups.map(\.1).reduce(0, +) == 4)
      #expect(database.unreadableRows?.reported.map(\.table) == ["samples"])
    }
  }
}

/// The same table, for rows that have no NULL in these columns.
struct Moments: Table {
  let id = Column<Self, Int64>.identity
  let label = Column<Self, String>("label", .varchar(200))
  let big = Column<Self, Int64>("big", .bigint)
  let flag = Column<Self, Bool>("flag", .boolean)
  let moment = Column<Self, Timestamp>("moment", .timestamp)

  static let shape = Moments()

  static let definition = TableDefinition(
    name: "samples", owner: "tests",
    columns: [
      shape.id.definition, shape.label.definition, shape.big.definition, shape.flag.definition,
      shape.moment.definition,
    ],
    uniqueKeys: [["label"]])
}
