import DataAccess
import DatabaseTestSupport
import Schema
import Synchronization
import TestSupport
import Testing

struct PoolTests {
  @Test(arguments: TestEngine.withPoolers)
  func `two hundred concurrent reads share three connections`(engine: TestEngine) async throws {
    try await Conformance.with(engine, pool: PoolConfiguration(size: 3)) { database in
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

  @Test(arguments: TestEngine.withPoolers)
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

  @Test(arguments: TestEngine.withPoolers)
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

  @Test(arguments: TestEngine.withPoolers)
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
}
