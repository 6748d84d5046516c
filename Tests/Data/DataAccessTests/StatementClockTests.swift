import Schema
import Synchronization
import Testing

@testable import DataAccess

@Suite struct StatementClockTests {
  private static let users = "SELECT count(*) FROM \"users\""

  private final class Recorder: StatementObserver {
    let records = Mutex<[StatementRecord]>([])

    func completed(_ record: borrowing StatementRecord) {
      let copy = copy record
      records.withLock { $0.append(copy) }
    }
  }

  @Test func `a statement that was sent before the first observer is reported without times`() async throws {
    let driver = ScriptedDriver([Self.users: [.silence]])
    let recorder = Recorder()
    try await withDatabase(driver) { database in
      async let silent = database.execute(
        Query(sql: Self.users, operation: Operation(.select, table: "users"), isRead: true))
      while !driver.sent.contains(Self.users) { await database.loop.sleep(milliseconds: 1) }
      database.observe(with: recorder)
      driver.answerSilent()
      _ = try await silent
    }
    let record = try #require(recorder.records.withLock { $0.first })
    #expect(record.engineNanoseconds == 0 && record.queueNanoseconds == 0)
  }

  @Test(arguments: [[ScriptedDriver.Answer.loss, .rows(1)], [.loss, .loss, .loss]])
  func `a read that is sent again is reported once, with the result that its caller gets`(
    answers: [ScriptedDriver.Answer]
  ) async throws {
    let driver = ScriptedDriver([Self.users: answers])
    let recorder = Recorder()
    let failed = try await withDatabase(driver) { database in
      database.observe(with: recorder)
      return await failure { () async throws(DatabaseError) in try await database.count(Users.count()) }
    }
    #expect(driver.sent.count > 1)
    let reads = recorder.records.withLock { $0.filter { $0.operation.table == "users" } }
    #expect(reads.count == 1)
    #expect(reads.first?.error?.kind == failed?.kind)
  }
}
