import Schema
import Testing

@testable import DataAccess

@Suite struct PoolPerformerTests {
  @Test(arguments: [true, false])
  func `a lost statement that was written by hand may have written unless it is declared a read`(isRead: Bool)
    async throws
  {
    let sql = "SELECT work()"
    let driver = ScriptedDriver([sql: [.loss, .loss, .loss]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        _ = try await database.unsafeQuery(unsafeSQL: sql, label: "read and work", isRead: isRead)
      }
      #expect(error?.kind == .connectionLost && error?.operation == "read and work")
      #expect(error?.mayHaveWritten == !isRead)
    }
  }

  private static let read = "SELECT count(*) FROM \"users\""
  private static let write = "DELETE FROM \"users\""

  @Test func `a read whose connection is lost is sent once more`() async throws {
    let driver = ScriptedDriver([Self.read: [.loss, .rows(1)]])
    try await withDatabase(driver) { database in
      let count = try await database.count(Users.count())
      #expect(count == 0)
    }
    #expect(driver.sent == [Self.read, Self.read])
    #expect(driver.connections == 2)
  }

  @Test func `a read that is lost twice fails`() async throws {
    let driver = ScriptedDriver([Self.read: [.loss, .loss, .rows(1)]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in try await database.count(Users.count()) }
      #expect(error?.kind == .connectionLost)
      #expect(error?.operation == "select users")
    }
  }

  @Test func `a read outlives every session that one event ends`() async throws {
    let driver = ScriptedDriver([Self.read: [.rows(1), .loss, .loss, .rows(1)]])
    try await withDatabase(driver) { database in
      // The read inside the transaction needs a second connection.
      try await database.transaction { transaction throws(DatabaseError) in
        try await transaction.run(Users.update(\.active <- true).everyRow())
        _ = try await database.count(Users.count())
      }
      #expect(driver.connections == 2)
      #expect(try await database.count(Users.count()) == 0)
    }
    #expect(driver.connections == 3)
  }

  @Test func `a write is never sent twice`() async throws {
    let driver = ScriptedDriver([Self.write: [.loss]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.run(Users.delete().everyRow())
      }
      #expect(error?.kind == .connectionLost)
    }
    #expect(driver.sent == [Self.write])
  }

  @Test func `an unreachable database fails its statements at once`() async throws {
    let driver = ScriptedDriver(refusedConnections: 1)
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in try await database.ping() }
      #expect(error?.kind == .connectionRefused)
      try await database.ping()
    }
  }

  @Test func `a statement that takes too long is cancelled`() async throws {
    let driver = ScriptedDriver([Self.read: [.silence]])
    let configuration = PoolConfiguration(size: 1, statementTimeoutMilliseconds: 150)
    try await withDatabase(driver, configuration) { database in
      let error = await failure { () async throws(DatabaseError) in try await database.count(Users.count()) }
      #expect(error?.kind == .statementTimeout)
      try await database.ping()
    }
    #expect(driver.cancellations == 1)
    #expect(driver.connections == 1)
  }

  @Test func `a session's connection is not used again`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      for _ in 0..<2 {
        try await database.session { session throws(DatabaseError) in
          _ = try await session.unsafeQuery(unsafeSQL: "SET x")
        }
      }
    }
    #expect(driver.connections == 2)
  }

  @Test func `transactions return their connection`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      for _ in 0..<5 { try await database.transaction { _ throws(DatabaseError) in } }
      #expect(await database.status().inUse == 0)
    }
    #expect(driver.connections == 1)
  }

  @Test func `concurrent statements of one transaction run one after the other`() async throws {
    let driver = ScriptedDriver([Self.read: Array(repeating: .rows(1), count: 20)])
    try await withDatabase(driver) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        async let first = transaction.count(Users.count())
        async let second = transaction.count(Users.count())
        let counts: [Int]
        do { counts = try await [first, second] } catch { throw DatabaseError(.other) }
        #expect(counts == [0, 0])
      }
    }
  }

  @Test func `an unreadable field is named with its table and column`() async throws {
    let sql = "SELECT \"id\", \"created_at\" FROM \"users\" LIMIT 1"
    let driver = ScriptedDriver([sql: [.rows(1)]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.first(Users.select(\.id, \.createdAt)) { id, _ in id }
      }
      #expect(
        error?.description == "a field could not be read during select users: users.created_at: not a moment")
    }
  }

  @Test func `waiting for the database ends with the first success or the last attempt`() async throws {
    let patient = ScriptedDriver(refusedConnections: 2)
    try await withDatabase(patient) { database in
      try await Database.waitUntilReachable(
        driver: patient, loop: database.loop, attempts: 3, delaySeconds: 0, logger: silentLogger)
    }
    #expect(patient.connections == 3)
    let hopeless = ScriptedDriver(refusedConnections: 9)
    try await withDatabase(hopeless) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await Database.waitUntilReachable(
          driver: hopeless, loop: database.loop, attempts: 2, delaySeconds: 0, logger: silentLogger)
      }
      #expect(error?.kind == .connectionRefused)
    }
    #expect(hopeless.connections == 2)
  }
}
