import DataAccess
import DatabaseTestSupport
import Schema
import Synchronization
import TestSupport
import Testing

struct PoolTests {
  @Test(arguments: TestEngine.conforming)
  func `two hundred concurrent reads share three connections`(engine: TestEngine) async throws {
    try await Conformance.with(engine, pool: .patient(3)) { database in
      try await Conformance.fill(database, count: 200)
      let found = try await withThrowingTaskGroup(of: Int64?.self) { group in
        for number in 0..<200 {
          group.addTask {
            try await database.first(Samples.select(\.big).where(\.label == "row \(number)")) { $0 ?? -1 }
          }
        }
        var found: Set<Int64> = []
        for try await number in group { found.insert(number ?? -1) }
        return found
      }
      #expect(found == Set(0..<200))
      let status = await database.status()
      #expect(status.open <= 3)
      #expect(status.waiting == 0)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `an acquire timeout names the statement that held the connection`(engine: TestEngine) async throws {
    let pool = PoolConfiguration(size: 1, acquireTimeoutMilliseconds: 200)
    try await Conformance.with(engine, pool: pool) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        try await transaction.run(Samples.insert(\.label <- "held"))
        do throws(DatabaseError) {
          try await database.run(Samples.insert(\.label <- "waiting"))
          Issue.record("the pool opened a second connection")
        } catch {
          guard case .acquireTimeout(let diagnosis) = error.kind else { throw error }
          #expect(diagnosis.contains("insert samples"))
          #expect(diagnosis.contains("ms"))
        }
      }
      #expect(try await database.count(Samples.count()) == 1)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a closing pool finishes running statements and accepts no new ones`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let closing = Mutex<Task<Void, Never>?>(nil)
      try await database.transaction { transaction throws(DatabaseError) in
        closing.withLock { $0 = Task { await database.close() } }
        await database.loop.sleep(milliseconds: 50)
        try await transaction.run(Samples.insert(\.label <- "in flight"))
        do throws(DatabaseError) {
          _ = try await database.count(Samples.count())
          Issue.record("a closing pool accepted a statement")
        } catch {
          #expect(error.kind == .shuttingDown)
        }
      }
      await closing.withLock { $0 }?.value
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `an account that owns tables is reported with them`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let inspection = try await database.inspectAccount()
      #expect(!inspection.account.isEmpty)
      if engine.hasServer {
        #expect(inspection.ownedTables == ["samples"])
        #expect(!inspection.isSuperuser && !inspection.bypassesRowSecurity)
      }
    }
  }

  @Test(arguments: TestEngine.servers, [2, 3])
  func `reads of other tables and writes complete while a table is locked`(
    engine: TestEngine, size: Int
  ) async throws {
    let words = try #require(engine.words)
    try await TestDatabase.with(engine) { test in
      // Without many reads on one connection, each report that waits has one.
      let size = test.driver.multiplexesReads ? size : size + 1
      try await Conformance.prepared(test, pool: .patient(size)) { database in
        try await DriverSession.with(test.driver, on: test.loop) { session in
          for statement in words.lockSamples { try await session.run(statement) }
          let first = Task { try await database.count(Samples.count()) }
          let second = Task { try await database.count(Samples.count()) }
          try await eventually("a report waits for the lock") {
            try await session.run(words.waitingForSamples).integer(0, 0) > 0
          }
          try await Self.useOtherTables(database)
          let waiting = try await session.run(words.waitingForSamples).integer(0, 0)
          #expect(waiting > 0, "the report ended before the lock")
          try await session.run(words.unlock)
          #expect(try await first.value == 0)
          #expect(try await second.value == 0)
        }
      }
    }
  }

  @Test(arguments: TestEngine.servers)
  func `reads and writes complete while a slow read runs`(engine: TestEngine) async throws {
    let words = try #require(engine.words)
    try await TestDatabase.with(engine) { test in
      try await Conformance.prepared(test, pool: .patient(2)) { database in
        let slow = Task {
          try await database.unsafeQuery(unsafeSQL: engine.endless, label: "slow", isRead: true)
        }
        try await eventually("the slow read was sent") { await database.status().inUse > 0 }
        try await Self.useOtherTables(database)
        try await DriverSession.with(test.driver, on: test.loop) { session in
          let ended = try await words.cancel(engine.endless, session)
          #expect(ended == 1)
        }
        await #expect(throws: DatabaseError.self) { _ = try await slow.value }
      }
    }
  }

  @Test(arguments: TestEngine.servers)
  func `in a pool of two, a slow read holds up no other read of the same table`(
    engine: TestEngine
  ) async throws {
    try await Conformance.with(engine, pool: .patient(2)) { database in
      // Operations without a table concern each other when they have one label.
      let slow = Task {
        try await database.unsafeQuery(unsafeSQL: engine.endless, label: "report", isRead: true)
      }
      try await eventually("the slow read was sent") { await database.status().inUse > 0 }
      for _ in 0..<50 {
        let row = try await database.unsafeQuery(unsafeSQL: "SELECT 1", label: "report", isRead: true)
        #expect(row.rowCount == 1)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<50 {
          group.addTask {
            _ = try await database.unsafeQuery(unsafeSQL: "SELECT 1", label: "report", isRead: true)
          }
        }
        try await group.waitForAll()
      }
      slow.cancel()
      await #expect(throws: DatabaseError.self) { _ = try await slow.value }
    }
  }

  @Test(arguments: TestEngine.servers)
  func `more slow reads than connections complete beside other reads and writes`(
    engine: TestEngine
  ) async throws {
    let words = try #require(engine.words)
    try await Conformance.with(engine, pool: .patient(4)) { database in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<5 {
          group.addTask {
            for _ in 0..<2 {
              _ = try await database.unsafeQuery(unsafeSQL: words.sleep(1), label: "slow", isRead: true)
            }
          }
        }
        for _ in 0..<20 { try await Self.useOtherTables(database) }
        try await group.waitForAll()
      }
      let status = await database.status()
      #expect(status.waiting == 0 && status.open <= 4)
    }
  }

  @Test(arguments: TestEngine.servers, [true, false])
  func `a statement of a cancelled task ends in the engine, and its connection stays in use`(
    engine: TestEngine, isRead: Bool
  ) async throws {
    let words = try #require(engine.words)
    try await TestDatabase.with(engine) { test in
      try await Conformance.prepared(test, pool: .patient(2)) { database in
        try await DriverSession.with(test.driver, on: test.loop) { session in
          let running = words.running(words.sleep(500))
          let slow = Task {
            try await database.unsafeQuery(unsafeSQL: words.sleep(500), label: "slow", isRead: isRead)
          }
          try await eventually("the statement runs") { try await session.run(running).integer(0, 0) == 1 }
          slow.cancel()
          await #expect(throws: DatabaseError.self) { _ = try await slow.value }
          try await eventually("the statement has ended") {
            try await session.run(running).integer(0, 0) == 0
          }
          try await Self.useOtherTables(database)
        }
      }
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a cancelled read frees its connection`(engine: TestEngine) async throws {
    try await Conformance.with(engine, pool: .patient(1)) { database in
      let endless = Task {
        try await database.unsafeQuery(
          unsafeSQL: engine.endless, label: "endless", isRead: true)
      }
      try await eventually("the read was sent") { await database.status().inUse > 0 }
      endless.cancel()
      await #expect(throws: DatabaseError.self) { _ = try await endless.value }
      try await database.ping()
    }
  }

  /// Twenty reads at once, ten after one another, and a write between them.
  private static func useOtherTables(_ database: Database) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 { group.addTask { try await database.ping() } }
      try await group.waitForAll()
    }
    for _ in 0..<10 {
      try await database.ping()
      _ = try await database.unsafeQuery(unsafeSQL: "SELECT 1", label: "write", isRead: false)
    }
  }
}
