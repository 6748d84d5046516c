import Schema
import Synchronization
import Testing

@testable import DataAccess

/// Statements whose caller's task is cancelled.
@Suite struct CancelledStatementTests {
  private static let events = "SELECT count(*) FROM \"events\""
  private static let users = "SELECT count(*) FROM \"users\""
  private static let touch = "UPDATE \"users\" SET \"active\" = $1"
  private static let delete = "DELETE FROM \"users\""

  private func sent(_ count: Int, _ driver: ScriptedDriver, _ database: Database) async {
    while driver.sent.count < count { await database.loop.sleep(milliseconds: 1) }
  }

  private func counting(_ database: Database) -> Task<DatabaseError?, Never> {
    Task { await failure { () async throws(DatabaseError) in try await database.count(Events.count()) } }
  }

  private func deleting(_ database: Database) -> Task<DatabaseError?, Never> {
    Task {
      await failure { () async throws(DatabaseError) in try await database.run(Users.delete().everyRow()) }
    }
  }

  private func waiting(_ count: Int, _ database: Database) async {
    while await database.status().waiting < count { await database.loop.sleep(milliseconds: 1) }
  }

  @Test(arguments: [true, false])
  func `a cancelled read fails at once, and the engine cancels it`(multiplexesReads: Bool) async throws {
    let driver = ScriptedDriver(multiplexesReads: multiplexesReads, [Self.events: [.silence]])
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      let read = counting(database)
      await sent(1, driver, database)
      read.cancel()
      #expect(await read.value?.kind == .cancelled)
      try await database.ping()
    }
    #expect(driver.cancellations == 1)
    #expect(driver.connections == 1)
  }

  @Test func `a cancelled read that was sent is reported once, with its text and its time in the engine`()
    async throws
  {
    let driver = ScriptedDriver([Self.events: [.silence]])
    let recorder = Recorder()
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      database.observe(with: recorder)
      let read = counting(database)
      await sent(1, driver, database)
      read.cancel()
      _ = await read.value
    }
    let records = recorder.records.withLock { $0 }
    #expect(records.map(\.statement?.sql) == [Self.events])
    #expect(records.map(\.error?.kind) == [.cancelled])
    #expect(records.allSatisfy { $0.engineNanoseconds > 0 })
  }

  @Test func `a read that a late cancellation hits is sent again`() async throws {
    let driver = ScriptedDriver([Self.events: [.silence, .silence, .rows(1)]])
    try await withDatabase(driver, PoolConfiguration(size: 2)) { database in
      let gone = counting(database)
      await sent(1, driver, database)
      let other = counting(database)
      await sent(2, driver, database)
      gone.cancel()
      // The cancellation ends both reads of the connection, and only one of them was meant.
      #expect(await gone.value?.kind == .cancelled)
      #expect(await other.value == nil)
    }
    #expect(driver.sent.count == 3)
  }

  @Test func `a cancelled write that waits for a connection leaves the queue and is never sent`() async throws
  {
    let driver = ScriptedDriver()
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      try await database.transaction { _ throws(DatabaseError) in
        let write = deleting(database)
        await waiting(1, database)
        write.cancel()
        #expect(await write.value?.kind == .cancelled)
        #expect(await database.status().waiting == 0)
      }
    }
    #expect(!driver.sent.contains(Self.delete))
  }

  @Test func `a cancelled write is cancelled in the engine, and its connection serves the next one`()
    async throws
  {
    let driver = ScriptedDriver([Self.delete: [.silence]])
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      let write = deleting(database)
      await sent(1, driver, database)
      write.cancel()
      #expect(await write.value?.kind == .cancelled)
      try await database.run(Users.delete().everyRow())
    }
    #expect(driver.cancellations == 1)
    #expect(driver.connections == 1)
  }

  @Test(arguments: [ScriptedDriver.Cancellation.endsSession, .hangs])
  func `a connection that ends during a cancellation is not granted to the next statement`(
    cancellation: ScriptedDriver.Cancellation
  ) async throws {
    let driver = ScriptedDriver([Self.delete: [.silence]], cancellation: cancellation)
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      let write = deleting(database)
      await sent(1, driver, database)
      let next = deleting(database)
      await waiting(1, database)
      write.cancel()
      #expect(await write.value?.kind == .connectionLost)
      #expect(await next.value == nil)
    }
    #expect(driver.connections == 2)
  }

  @Test func `a transaction of a cancelled task is rolled back`() async throws {
    let driver = ScriptedDriver([Self.touch: [.silence]])
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      let work = Task {
        await failure { () async throws(DatabaseError) in
          try await database.transaction { transaction throws(DatabaseError) in
            try await transaction.run(Users.update(\.active <- true).everyRow())
          }
        }
      }
      await sent(2, driver, database)
      work.cancel()
      #expect(await work.value?.kind == .cancelled)
    }
    #expect(driver.sent == ["BEGIN", Self.touch, "ROLLBACK"])
  }

  @Test func `a transaction whose task is cancelled between its statements is not committed`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      let work = Task {
        await failure { () async throws(DatabaseError) in
          try await database.transaction { transaction throws(DatabaseError) in
            try await transaction.run(Users.update(\.active <- true).everyRow())
            while !Task.isCancelled { await database.loop.sleep(milliseconds: 1) }
          }
        }
      }
      await sent(2, driver, database)
      work.cancel()
      #expect(await work.value?.kind == .cancelled)
    }
    #expect(driver.sent.first == "BEGIN" && driver.sent.last == "ROLLBACK" && driver.sent.count == 3)
  }

  @Test func `a cancelled borrower leaves the queue at once, and the holder goes on`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver, PoolConfiguration(size: 1, acquireTimeoutMilliseconds: 600_000)) {
      database in
      try await database.transaction { transaction throws(DatabaseError) in
        for borrower in Borrower.allCases {
          let borrowing = Task {
            await failure { () async throws(DatabaseError) in try await borrower.borrow(from: database) }
          }
          while await database.status().waiting == 0 { await database.loop.sleep(milliseconds: 1) }
          borrowing.cancel()
          #expect(await borrowing.value?.kind == .cancelled)
          #expect(await database.status().waiting == 0)
        }
        try await transaction.run(Users.update(\.active <- true).everyRow())
      }
    }
    #expect(driver.sent == ["BEGIN", Self.touch, "COMMIT"])
  }

  /// What borrows a connection.
  private enum Borrower: CaseIterable {
    case transaction, session

    func borrow(from database: Database) async throws(DatabaseError) {
      switch self {
      case .transaction: try await database.transaction { _ in }
      case .session: try await database.session { _ in }
      }
    }
  }

  @Test func `a borrower whose task was cancelled before it asks gets no connection`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      let borrowing = Task {
        while !Task.isCancelled { await database.loop.sleep(milliseconds: 1) }
        return await failure { () async throws(DatabaseError) in try await database.transaction { _ in } }
      }
      borrowing.cancel()
      #expect(await borrowing.value?.kind == .cancelled)
    }
    #expect(driver.sent == [])
  }
}

private final class Recorder: StatementObserver {
  let records = Mutex<[StatementRecord]>([])

  func completed(_ record: borrowing StatementRecord) {
    let copy = copy record
    records.withLock { $0.append(copy) }
  }
}
