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

  @Test func `in a pool of two, a slow read that was moved leaves one connection again`() async throws {
    // The read of users is fast, but its result waits for the slow one behind it, which the pool therefore moves.
    let driver = ScriptedDriver([Self.other: [.silence], Self.slow: [.silence, .silence]])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let reads = together([Users.count(), Events.count()], database)
      for _ in 0..<20 { try await database.ping() }
      while driver.cancellations < 1 { await database.loop.sleep(milliseconds: 1) }
      for _ in 0..<20 { try await database.ping() }
      driver.answerSilent()
      #expect(await reads[0].value)
      #expect(await reads[1].value)
    }
    #expect(driver.cancellations == 1)
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

  private static let same = "SELECT \"id\" FROM \"events\""

  @Test func `in a pool of two, reads of the same table pass a slow one`() async throws {
    // The first of them is sent behind the slow one, before the pool finds that one slow.
    let driver = ScriptedDriver([Self.slow: [.silence], Self.same: [.silence]])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let slow = await startSlowRead(driver, database)
      for _ in 0..<20 { _ = try await database.all(Events.select(\.id), as: { $0 }) }
      driver.answerSilent()
      #expect(await slow.value == 0)
    }
    #expect(driver.cancellations == 0)
    #expect(driver.connections == 2)
  }

  @Test
  func `in a pool of two, reads sent behind a slow one of their table are sent again and complete once`()
    async throws
  {
    let driver = ScriptedDriver([Self.slow: [.silence], Self.same: Array(repeating: .silence, count: 10)])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let same = (0..<10).map { _ in Events.select(\.id).body as any Statement }
      let reads = together([Events.count()] + same, database)
      // The second copies are answered, because the script is used up.
      for read in reads.dropFirst() { #expect(await read.value) }
      driver.answerSilent()
      #expect(await reads[0].value)
    }
    #expect(driver.sent.count { $0 == Self.same } == 20)
  }

  @Test func `in a pool of two, a locked table leaves the last connection to other tables`() async throws {
    let locked = Array(repeating: ScriptedDriver.Answer.silence, count: 100)
    let driver = ScriptedDriver([Self.slow: [.silence], Self.same: locked])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let slow = await startSlowRead(driver, database)
      let waiting = (0..<3).map { _ in
        Task {
          await failure { () async throws(DatabaseError) in
            try await database.all(Events.select(\.id), as: { $0 })
          }
        }
      }
      // Trials of the reads that wait stall the last connection for a moment each, and are cancelled.
      while driver.cancellations < 3 {
        try await database.ping()
        await database.loop.sleep(milliseconds: 1)
      }
      // The lock ends: every read completes, on whichever connection its copy waits.
      while await database.status().inUse > 0 {
        driver.answerSilent()
        await database.loop.sleep(milliseconds: 5)
      }
      for read in waiting { #expect(await read.value == nil) }
      #expect(await slow.value == 0)
    }
  }
}
