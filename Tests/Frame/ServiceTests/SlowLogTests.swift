import DataAccess
import DatabaseTestSupport
import Logging
import Routing
import Runtime
import TestSupport
import Testing

@testable import Service

@Suite struct SlowLogTests {
  private let log = WrittenLines()

  private func logger() -> Logger {
    Logger.program("test", settings: LogSettings(format: .text), sink: log.sink)
  }

  private func observed(
    _ engine: TestEngine, _ settings: LogSettings, _ body: (Database) async throws -> Void
  ) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool { database in
        database.observe(
          with: SlowStatementLog(
            settings: settings, account: "own-account", database: database, logger: logger()))
        try await body(database)
      }
    }
  }

  private func select(_ database: Database) async throws {
    let parameter = database.dialect.placeholders == .numbered(prefix: "$") ? "$1" : "?"
    let query = Query(
      sql: "SELECT 1 WHERE 'x' <> \(parameter)", bindings: [.text("hidden value")],
      operation: DataAccess.Operation(.select, table: "numbers"), isRead: true)
    _ = try await database.execute(query)
  }

  @Test(arguments: TestEngine.all)
  func `a slow statement is logged with its text and account, and without its values`(
    engine: TestEngine
  ) async throws {
    try await observed(engine, LogSettings(format: .text, slowMilliseconds: 0)) { database in
      try await select(database)
      let line = try #require(log.first(containing: "slow statement"))
      for part in [
        "SELECT 1 WHERE", "account=own-account", "operation=\"select numbers\"", "rows=1", "code=ok",
      ] {
        #expect(line.contains(part), "\(line)")
      }
      #expect(log.first(containing: "hidden value") == nil)
      #expect(log.first(containing: "plan of a slow statement") == nil)
    }
  }

  @Test(arguments: TestEngine.all)
  func `a statement under the limit has no line`(engine: TestEngine) async throws {
    try await observed(engine, LogSettings(format: .text, slowMilliseconds: 3_600_000)) { database in
      try await select(database)
      #expect(log.first(containing: "slow statement") == nil)
    }
  }

  @Test func `a statement that failed before it was sent has no line, and one that only waited has`()
    async throws
  {
    try await observed(.sqlite, LogSettings(format: .text, slowMilliseconds: 100)) { database in
      let slow = SlowStatementLog(
        settings: LogSettings(format: .text, slowMilliseconds: 100), account: "own-account",
        database: database,
        logger: logger())
      let errors: [DatabaseError?] = [DatabaseError(.connectionRefused), nil]
      await withCheckedContinuation { continuation in
        database.loop.execute {
          for error in errors {
            slow.completed(
              StatementRecord(
                operation: DataAccess.Operation(.select, table: "numbers"), statement: nil, parameterCount: 0,
                queueNanoseconds: 5_000_000_000, engineNanoseconds: 0, rows: 0, error: error))
          }
          continuation.resume()
        }
      }
      #expect(log.all.map { $0.contains("code=ok") } == [true])
    }
  }

  @Test(arguments: TestEngine.all)
  func `the plan of a slow statement is logged once, or the reason why the engine has none`(
    engine: TestEngine
  ) async throws {
    let settings = LogSettings(format: .text, slowMilliseconds: 0, explainsSlowStatements: true)
    try await observed(engine, settings) { database in
      for _ in 0..<3 { try await select(database) }
      let line =
        switch database.dialect.genericPlan {
        case .prefix: "plan of a slow statement"
        case .none(let reason): reason
        }
      try await eventually("the plan or the reason is logged") { log.first(containing: line) != nil }
      #expect(log.all.count { $0.contains(line) } == 1)
      #expect(log.first(containing: "hidden value") == nil)
    }
  }

  @Test func `a line budget leaves out the lines above its limit, and counts them`() {
    let budget = LineBudget()
    let second: UInt64 = 1_000_000_000
    for _ in 0..<LineBudget.linesPerSecond { #expect(budget.take(at: second) == 0) }
    for _ in 0..<7 { #expect(budget.take(at: second + 1) == nil) }
    #expect(budget.take(at: 2 * second) == 7)
    #expect(budget.take(at: 2 * second) == 0)
  }

  @Test func `a slow request is logged with its route and request id`() async throws {
    try await ServiceUnderTest.with(variables: ["LOG_SLOW_MS": "0"]) { service in
      let id = try await service.get("/livez").headers["X-Request-Id"]
      let line = try #require(service.log.first(containing: "slow request"))
      #expect(line.contains("\"route\":\"/livez\""), "\(line)")
      #expect(id.map { line.contains($0) } == true)
    }
  }

  @Test func `a request under the limit has no line`() async throws {
    try await ServiceUnderTest.with(variables: ["LOG_SLOW_MS": "3600000"]) { service in
      _ = try await service.get("/livez")
      #expect(service.log.first(containing: "slow request") == nil)
    }
  }

  @Test(arguments: TestEngine.all)
  func `statements are counted by operation and code`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool { database in
        let registry = MetricRegistry()
        database.observe(with: StatementMetrics(registry: registry, loop: database.loop))
        for _ in 0..<3 { try await select(database) }
        let wrong = Query(sql: "SELECT nothing", operation: DataAccess.Operation(.select, table: "none"))
        let error = await #expect(throws: DatabaseError.self) { _ = try await database.execute(wrong) }
        let text = String(decoding: registry.exposition(), as: UTF8.self)
        let code = error?.metricCode ?? ""
        #expect(text.contains("database_statements_total{code=\"ok\",operation=\"select numbers\"} 3"))
        #expect(text.contains("database_statements_total{code=\"\(code)\",operation=\"select none\"} 1"))
        #expect(text.contains("database_statement_duration_seconds_count{operation=\"select numbers\"} 3"))
        #expect(text.contains("database_queue_duration_seconds_count{operation=\"select numbers\"} 3"))
        #expect(text.contains("database_rows_total{operation=\"select numbers\"} 3"))
      }
    }
  }

  @Test(arguments: ["-1", "fast", "3600001"])
  func `a limit that is no number of milliseconds stops the start`(value: String) async throws {
    await #expect(throws: ConfigurationProblems.self) {
      try await ServiceUnderTest.with(variables: ["LOG_SLOW_MS": value]) { _ in }
    }
  }
}
