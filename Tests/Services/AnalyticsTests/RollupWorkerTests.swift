import Cache
import DataAccess
import DatabaseTestSupport
import Logging
import MemoryCache
import Migrations
import Runtime
import Schema
import Synchronization
import TestSupport
import Testing

@testable import analytics

/// The days that the worker counts; no day stays uncounted.
@Suite struct RollupWorkerTests {
  typealias Engine = TestEngine
  private static let today = CalendarDate(daysSinceEpoch: 20_000)

  @Test func `a round begins yesterday, or earlier after missed days`() {
    let today = Self.today
    let year = Int32(ReportRange.maximumDays)
    let expected: [(known: Int32?, first: Int32)] = [
      (nil, -1), (0, -1), (-1, -1), (-2, -2), (-30, -30), (1 - year, 1 - year), (-1000, 1 - year), (5, -1),
    ]
    for (known, first) in expected {
      let day = RollupWorker.firstDay(toCountOn: today, countedUpTo: known.map { today.adding(days: $0) })
      #expect(day == today.adding(days: first), "counted up to \(String(describing: known))")
    }
  }

  @Test(arguments: Engine.drivers)
  func `missed days are counted from the first event on`(engine: Engine) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool { database in
        for age: Int32 in [4, 4, 2, 0] { try await Self.addEvent(daysAgo: age, to: database) }
        let worker = Self.worker(database)
        try await worker.countDays()
        #expect(try await Self.values(database) == [2, 0, 1, 0, 1])
        // Two more of yesterday: the next round counts them, and counts nothing twice.
        for _ in 0..<2 { try await Self.addEvent(daysAgo: 1, to: database) }
        try await worker.countDays()
        #expect(try await Self.values(database) == [2, 0, 1, 2, 1])
      }
    }
  }

  @Test(arguments: Engine.drivers)
  func `missed days are counted also where a clock that was ahead has counted days to come`(
    engine: Engine
  ) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool { database in
        let days = [Self.today.adding(days: -4), Self.today.adding(days: 4_000)]
        try await RollupRepository(database: database).store(
          days.map { MetricValue(metric: .events, day: $0, value: 0) }, at: Self.today.start)
        for age: Int32 in [4, 3, 3, 0] { try await Self.addEvent(daysAgo: age, to: database) }
        try await Self.worker(database).countDays()
        #expect(try await Self.values(database) == [1, 2, 0, 0, 1])
      }
    }
  }

  @Test(arguments: Engine.drivers)
  func
    `a round with a clock that is ahead stores no day to come, and counts again what such a clock has stored`(
      engine: Engine
    ) async throws
  {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool { database in
        let rollups = RollupRepository(database: database)
        let now = try await rollups.serverTime()
        let (today, ahead) = (CalendarDate(containing: now), now.adding(seconds: 10 * 86_400))
        // An earlier worker: it has counted from the day before yesterday on, and ten days too many.
        try await rollups.store(
          (-2...10).map { MetricValue(metric: .events, day: today.adding(days: $0), value: 0) }, at: ahead)
        try await rollups.store(
          [MetricValue(metric: .events, day: today.adding(days: -3), value: 7)], at: now)
        try await Self.addEvent(daysAgo: 2, from: today, to: database)
        try await Self.worker(database, at: ahead).countDays()
        let stored = try await rollups.values(
          of: .events, from: today.adding(days: -3), to: today.adding(days: 20))
        let last = CalendarDate(containing: try await rollups.serverTime())
        #expect(stored.map(\.value).prefix(4) == [0, 1, 0, 0])
        #expect(stored.last.map { $0.day <= last } == true)
      }
    }
  }

  @Test(arguments: Engine.drivers)
  func `a round stores the summary for accounts that may only read the cache`(engine: Engine) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool { database in
        try await Self.addEvent(daysAgo: 0, to: database)
        let store = MemoryStore()
        try await Self.worker(database, store).storeSummary()
        let reader = SummaryCache(cache: Self.cache(store, .read))
        let summary = try #require(await reader.load())
        #expect(summary.events == 1 && summary.users.total == 0 && summary.sessions.open == 0)
        #expect(summary.generatedAt == Self.today.start)
        try await reader.store(summary)
      }
    }
  }

  @Test(arguments: Engine.drivers)
  func `a round whose summary fails writes its rollups, and the log names the summary alone`(
    engine: Engine
  ) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool { database in
        try await Self.addEvent(daysAgo: 0, to: database)
        // The summary counts the roles, and the rollups do not.
        _ = try await database.unsafeQuery(unsafeSQL: "ALTER TABLE users RENAME COLUMN role TO rank")
        let log = LogRecorder(level: .info)
        await Self.worker(database, logger: log.logger).round()
        #expect(try await Self.values(database) == [0, 1])
        #expect(log.lines == ["summary not stored"])
      }
    }
  }

  @Test func `a round that a stop cancels writes no line`() async throws {
    try await TestDatabase.with(.sqlite) { test in
      try await test.withPool { database in
        let log = LogRecorder(level: .info)
        let worker = Self.worker(database, logger: log.logger)
        await Task {
          withUnsafeCurrentTask { $0?.cancel() }
          await worker.round()
        }.value
        #expect(log.lines == [])
        // The tables are missing: without the stop each part has its line.
        await worker.round()
        #expect(log.lines == ["rollups not written", "summary not stored"])
      }
    }
  }

  @Test func `only a complete round moves the time of the alert`() async throws {
    try await TestDatabase.with(.sqlite) { test in
      try await test.withPool { database in
        let metrics = MetricRegistry()
        let worker = Self.worker(database, metrics: metrics)
        await worker.round()
        #expect(!String(decoding: metrics.exposition(), as: UTF8.self).contains(Self.complete))
        try await MigrationEngine(database).up()
        await worker.round()
        #expect(String(decoding: metrics.exposition(), as: UTF8.self).contains("\n\(Self.complete)"))
      }
    }
  }

  private static let complete = "rollup_complete_timestamp_seconds \(today.start.secondsSinceEpoch)"

  private static func worker(
    _ database: Database, _ store: MemoryStore = MemoryStore(), logger: Logger = .silent,
    at now: Timestamp = today.start, metrics: MetricRegistry = MetricRegistry()
  ) -> RollupWorker {
    RollupWorker(
      activity: ActivityRepository(database: database), rollups: RollupRepository(database: database),
      summaries: SummaryCache(cache: cache(store, .readWrite)), currentTime: { now },
      logger: logger, intervalSeconds: 60, metrics: metrics)
  }

  private static func cache(_ store: MemoryStore, _ access: CacheRights.Access) -> Cache {
    Cache(
      service: "analytics",
      connection: store.connection(
        account: "analytics", rights: [CacheRights(keyPrefix: "analytics:", access: access)]),
      logger: .silent)
  }

  private static func addEvent(
    daysAgo age: Int32, from today: CalendarDate = today, to database: Database
  ) async throws {
    let noon = today.adding(days: -age).start.adding(seconds: 12 * 3600)
    try await database.run(
      Events.insert(
        \.type <- "user.created", \.source <- "backend-api", \.subject <- "1", \.payload <- .emptyObject,
        \.occurredAt <- noon))
  }

  private static func values(_ database: Database) async throws -> [Int64] {
    try await RollupRepository(database: database).values(
      of: .events, from: today.adding(days: -30), to: today
    ).map(\.value)
  }
}
