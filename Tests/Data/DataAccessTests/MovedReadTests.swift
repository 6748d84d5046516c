import Schema
import Testing

@testable import DataAccess

/// Reads beside one that makes no progress.
@Suite struct MovedReadTests {
  private static let slow = "SELECT count(*) FROM \"events\""
  private static let other = "SELECT count(*) FROM \"users\""

  /// Starts a read that the script does not answer, and returns when it was sent.
  private func startSlowRead(_ driver: ScriptedDriver, _ database: Database) async -> Task<Int?, Never> {
    let task = Task { try? await database.count(Events.count()) }
    while driver.sent.isEmpty { await database.loop.sleep(milliseconds: 1) }
    return task
  }

  /// Executes the reads within one turn of the loop, so that they share a connection. Each task returns whether its read
  /// succeeded.
  private func together(_ reads: [any Statement], _ database: Database) -> [Task<Bool, Never>] {
    let pool = database.pool
    let results = reads.map { ($0, AsyncStream<Bool>.makeStream()) }
    database.loop.execute {
      for (read, (_, result)) in results {
        pool.value.execute(PendingRead(read)) { outcome in
          result.yield((try? outcome.get()) != nil)
          result.finish()
        }
      }
    }
    return results.map { _, result in Task { await result.stream.first { _ in true } ?? false } }
  }

  @Test func `reads of other tables complete while one makes no progress`() async throws {
    let driver = ScriptedDriver([Self.slow: [.silence], Self.other: Array(repeating: .rows(1), count: 30)])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let slow = await startSlowRead(driver, database)
      for _ in 0..<20 { _ = try await database.count(Users.count()) }
      driver.answerSilent()
      #expect(await slow.value == 0)
    }
    #expect(driver.cancellations == 0)
  }

  @Test func `a read that was sent behind a stalled one is sent again, and completes once`() async throws {
    let driver = ScriptedDriver([Self.slow: [.silence], Self.other: [.silence, .rows(1)]])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let reads = together([Events.count(), Users.count()], database)
      #expect(await reads[1].value)
      // Its first copy ends now, after its result.
      driver.answerSilent()
      #expect(await reads[0].value)
      #expect(await database.status().waiting == 0)
    }
    #expect(driver.sent == [Self.slow, Self.other, Self.other])
    #expect(driver.connections == 2)
  }

  @Test func `a moved read keeps its first copy when the second one is lost`() async throws {
    let driver = ScriptedDriver([Self.slow: [.silence], Self.other: [.silence, .loss]])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let reads = together([Events.count(), Users.count()], database)
      while driver.sent.count < 3 { await database.loop.sleep(milliseconds: 1) }
      driver.answerSilent()
      #expect(await reads[1].value)
      #expect(await reads[0].value)
    }
    #expect(driver.sent.count { $0 == Self.slow } == 1)
  }

  @Test func `writes go on while a read makes no progress`() async throws {
    let driver = ScriptedDriver([Self.slow: [.silence]])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let slow = await startSlowRead(driver, database)
      try await database.run(Users.delete().everyRow())
      driver.answerSilent()
      #expect(await slow.value == 0)
    }
  }

  @Test func `a read of the stalled table is not sent again`() async throws {
    let driver = ScriptedDriver([Self.slow: [.silence, .silence]])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let first = await startSlowRead(driver, database)
      let second = Task { try? await database.count(Events.count()) }
      while driver.sent.count < 2 { await database.loop.sleep(milliseconds: 1) }
      // A read of another table shows that the lane was found stalled.
      _ = try await database.first(Users.select(\.id), as: { $0 })
      #expect(driver.sent.count { $0 == Self.slow } == 2)
      driver.answerSilent()
      #expect(await second.value == 0)
      #expect(await first.value == 0)
    }
  }
}
