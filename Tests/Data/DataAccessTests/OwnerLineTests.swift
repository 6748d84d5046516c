import Schema
import Synchronization
import Testing

@testable import DataAccess

/// Transactions that wait in the line of their owner.
@Suite struct OwnerLineTests {
  private static let (ada, bob): (Int64, Int64) = (1, 2)
  private static let delete = "DELETE FROM \"events\""

  /// A transaction in the line of Ada that records its number.
  private func begin(_ number: Int, _ database: Database, _ order: Order) -> Task<DatabaseError?, Never> {
    Task {
      await failure { () async throws(DatabaseError) in
        try await database.transaction(inLineOf: Self.ada) { transaction throws(DatabaseError) in
          order.numbers.withLock { $0.append(number) }
          try await transaction.run(Events.delete().everyRow())
        }
      }
    }
  }

  private final class Order: Sendable {
    let numbers = Mutex<[Int]>([])
  }

  private func waiting(_ count: Int, _ database: Database) async {
    let pool = database.pool
    while await database.loop.calling({ pool.value.lines.waitingCount(of: Self.ada) }) != count {
      await database.loop.sleep(milliseconds: 1)
    }
  }

  @Test func `an owner's transactions wait without a connection, in their order, and hold up no other owner`()
    async throws
  {
    let driver = ScriptedDriver([Self.delete: [.silence]])
    let order = Order()
    try await withDatabase(driver) { database in
      var tasks: [Task<DatabaseError?, Never>] = []
      for number in 0..<5 {
        tasks.append(begin(number, database, order))
        await waiting(number, database)
      }
      let status = await database.status()
      #expect(status.inUse == 1 && status.waiting == 0)
      _ = try await database.transaction(inLineOf: Self.bob) { transaction throws(DatabaseError) in
        try await transaction.run(Users.delete().everyRow())
      }
      driver.answerSilent()
      for task in tasks { #expect(await task.value == nil) }
      #expect(order.numbers.withLock { $0 } == [0, 1, 2, 3, 4])
      let pool = database.pool
      #expect(await database.loop.calling { pool.value.lines.waitingCount(of: Self.ada) } == nil)
    }
  }

  @Test func `a cancelled wait ends at once, and a transaction that fails lets the next one begin`()
    async throws
  {
    let driver = ScriptedDriver([Self.delete: [.silence, .failure(.checkViolation)]])
    let order = Order()
    try await withDatabase(driver) { database in
      var tasks: [Task<DatabaseError?, Never>] = []
      for number in 0..<4 {
        tasks.append(begin(number, database, order))
        await waiting(number, database)
      }
      tasks[1].cancel()
      #expect(await tasks[1].value?.kind == .cancelled)
      driver.answerSilent()
      #expect(await tasks[0].value == nil)
      #expect(await tasks[2].value?.kind == .checkViolation)
      #expect(await tasks[3].value == nil)
      #expect(order.numbers.withLock { $0 } == [0, 2, 3])
    }
  }
}
