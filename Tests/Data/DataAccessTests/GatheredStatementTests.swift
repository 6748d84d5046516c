import Schema
import Testing

@testable import DataAccess

@Suite struct GatheredStatementTests {
  private static let touch = "UPDATE \"users\" SET \"active\" = $1"
  private static let append = "INSERT INTO \"events\" (\"type\") VALUES ($1)"

  private func touch(_ runner: some StatementRunner) async throws(DatabaseError) {
    try await runner.run(Users.update(\.active <- true).everyRow())
  }

  private func append(_ transaction: Transaction) async throws(DatabaseError) {
    try await transaction.gather(Events.insert(\.type <- "test"))
  }

  @Test func `a transaction without statements sends nothing`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      let answer = try await database.transaction { _ throws(DatabaseError) in 7 }
      #expect(answer == 7)
    }
    #expect(driver.groups.isEmpty && driver.sent.isEmpty)
  }

  @Test func `the begin is sent with the first statement, and a gathered one with the next`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        try await touch(transaction)
        try await append(transaction)
        try await touch(transaction)
        try await append(transaction)
      }
    }
    #expect(
      driver.groups == [["BEGIN", Self.touch], [Self.append, Self.touch], [Self.append, "COMMIT"]])
  }

  @Test func `a gathered statement that fails prevents the commit, and its error names it`() async throws {
    let driver = ScriptedDriver([Self.append: [.failure(.checkViolation)]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in
          try await touch(transaction)
          try await append(transaction)
        }
      }
      #expect(error?.kind == .checkViolation && error?.operation == "insert events")
    }
    #expect(driver.sent == ["BEGIN", Self.touch, Self.append, "ROLLBACK"])
  }

  @Test func `a statement behind a gathered one that fails is not executed, even when its error is ignored`()
    async throws
  {
    let driver = ScriptedDriver([Self.append: [.failure(.checkViolation)]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in
          try await append(transaction)
          try? await touch(transaction)
          try? await append(transaction)
        }
      }
      #expect(error?.kind == .checkViolation)
    }
    #expect(driver.sent == ["BEGIN", Self.append, "ROLLBACK"])
  }

  @Test func `a begin that fails is followed by nothing, not by a concurrent statement either`() async throws
  {
    let driver = ScriptedDriver(["BEGIN": [.failure(.other)]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in
          async let first: Void? = try? touch(transaction)
          async let second: Void? = try? touch(transaction)
          _ = await (first, second)
        }
      }
      #expect(error?.kind == .other && error?.operation == "begin")
    }
    #expect(driver.sent == ["BEGIN"])
  }

  @Test func `a transaction that was sent whole is not repeated when its connection is lost`() async throws {
    let driver = ScriptedDriver(["BEGIN": [.loss]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in try await append(transaction) }
      }
      #expect(error?.kind == .connectionLost)
      #expect(error?.mayHaveWritten == true, "the engine may have received the COMMIT")
    }
    #expect(driver.groups == [["BEGIN", Self.append, "COMMIT"]])
  }

  @Test func `a write of a transaction that is lost before its commit has not taken place`() async throws {
    let driver = ScriptedDriver([Self.touch: [.rows(1), .loss]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in
          try await touch(transaction)
          try await touch(transaction)
        }
      }
      #expect(error?.kind == .connectionLost && error?.operation == "update users")
      #expect(error?.mayHaveWritten == false, "the end of the session undoes the transaction")
    }
  }

  @Test func `a write behind a statement that may have ended its transaction is in doubt when it is lost`()
    async throws
  {
    let driver = ScriptedDriver([Self.touch: [.loss]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in
          _ = try await transaction.unsafeQuery(unsafeSQL: "CREATE TABLE more (id int)")
          try await touch(transaction)
        }
      }
      #expect(error?.mayHaveWritten == true)
    }
  }

  @Test(arguments: [TransactionMode.readWrite, .consistentRead])
  func `a lost commit is in doubt, except that of a transaction that only reads`(mode: TransactionMode)
    async throws
  {
    let driver = ScriptedDriver(["COMMIT": [.loss]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction(mode) { transaction throws(DatabaseError) in
          _ = try await transaction.exists(Users.select(\.id))
        }
      }
      #expect(error?.kind == .connectionLost && error?.operation == "commit")
      #expect(error?.mayHaveWritten == (mode == .readWrite))
    }
  }

  @Test func `a statement whose caller does not wait for it prevents the commit when it fails`() async throws
  {
    let driver = ScriptedDriver([Self.touch: [.silence]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in
          let left = Task { try? await touch(transaction) }
          while !driver.sent.contains(Self.touch) { await Task.yield() }
          Task {
            // By then the commit waits behind the statement. An earlier failure prevents it as well.
            try? await Task.sleep(for: .milliseconds(100))
            left.cancel()
          }
        }
      }
      #expect(error != nil)
    }
    #expect(driver.sent == ["BEGIN", Self.touch, "ROLLBACK"])
  }

  @Test func `a body that throws leaves out what was gathered, and rolls back only what began`() async throws
  {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      for begins in [false, true] {
        _ = await failure { () async throws(DatabaseError) in
          try await database.transaction { transaction throws(DatabaseError) in
            if begins { try await touch(transaction) }
            try await append(transaction)
            throw DatabaseError(.checkViolation)
          }
        }
      }
    }
    #expect(driver.sent == ["BEGIN", Self.touch, "ROLLBACK"])
  }

  @Test func `a savepoint sends what was gathered before it and inside it, each on its own side`()
    async throws
  {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        try await append(transaction)
        try await transaction.savepoint { inner throws(DatabaseError) in try await append(inner) }
      }
    }
    #expect(
      driver.sent == ["BEGIN", Self.append, "SAVEPOINT s1", Self.append, "RELEASE SAVEPOINT s1", "COMMIT"])
  }

  @Test func `a gathered statement's rows are there after the next one, and an error before it`() async throws
  {
    let driver = ScriptedDriver([Self.touch: [.rows(3)]])
    try await withDatabase(driver) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        let touched = try await transaction.gather(Users.update(\.active <- true).everyRow())
        let early = await failure { () async throws(DatabaseError) in try await touched.rows() }
        #expect(early?.kind == .invalidStatement)
        try await append(transaction)
        _ = try await transaction.exists(Users.select(\.id))
        let rows = try await touched.rows()
        #expect(rows.rowCount == 3)
      }
    }
  }
}
