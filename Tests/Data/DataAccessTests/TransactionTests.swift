import Schema
import Testing

@testable import DataAccess

@Suite struct TransactionTests {
  private static let touch = "UPDATE \"users\" SET \"active\" = $1"

  private func touch(_ runner: some StatementRunner) async throws(DatabaseError) {
    try await runner.run(Users.update(\.active <- true).everyRow())
  }

  @Test func `a transaction that succeeds is committed`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      let answer = try await database.transaction { transaction throws(DatabaseError) in
        try await touch(transaction)
        return 7
      }
      #expect(answer == 7)
    }
    #expect(driver.sent == ["BEGIN", Self.touch, "COMMIT"])
  }

  @Test func `a transaction that throws is rolled back, and rethrows its error`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in
          try await touch(transaction)
          throw DatabaseError(.checkViolation)
        }
      }
      #expect(error?.kind == .checkViolation)
    }
    #expect(driver.sent == ["BEGIN", Self.touch, "ROLLBACK"])
  }

  @Test func `a serialization failure repeats the whole transaction, up to the limit`() async throws {
    let driver = ScriptedDriver([Self.touch: [.failure(.serializationFailure), .failure(.deadlock)]])
    try await withDatabase(driver) { database in
      try await database.transaction { transaction throws(DatabaseError) in try await touch(transaction) }
    }
    let attempt = ["BEGIN", Self.touch, "ROLLBACK"]
    #expect(driver.sent == attempt + attempt + ["BEGIN", Self.touch, "COMMIT"])

    let stubborn = ScriptedDriver([Self.touch: Array(repeating: .failure(.deadlock), count: 9)])
    try await withDatabase(stubborn) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction(retries: 2) { transaction throws(DatabaseError) in
          try await touch(transaction)
        }
      }
      #expect(error?.kind == .deadlock)
    }
    #expect(stubborn.sent.count { $0 == "BEGIN" } == 3)
  }

  @Test func `a statement of its own that the engine undid runs again, up to the limit, and no other does`()
    async throws
  {
    let driver = ScriptedDriver([Self.touch: [.failure(.serializationFailure), .failure(.deadlock)]])
    try await withDatabase(driver) { try await touch($0) }
    #expect(driver.sent.count { $0 == Self.touch } == 3)

    for (kind, attempts) in [(DatabaseError.Kind.deadlock, Database.retries + 1), (.connectionLost, 1)] {
      let stubborn = ScriptedDriver([Self.touch: Array(repeating: .failure(kind), count: 9)])
      try await withDatabase(stubborn) { database in
        let error = await failure { () async throws(DatabaseError) in try await touch(database) }
        #expect(error?.kind == kind)
      }
      #expect(stubborn.sent.count { $0 == Self.touch } == attempts)
    }
  }

  @Test func `a failure at the commit itself is retried too`() async throws {
    let driver = ScriptedDriver(["COMMIT": [.failure(.serializationFailure)]])
    try await withDatabase(driver) { database in
      try await database.transaction { transaction throws(DatabaseError) in try await touch(transaction) }
    }
    #expect(driver.sent.count { $0 == Self.touch } == 2)
  }

  @Test func `a connection lost during the transaction is an error, because the outcome is unknown`()
    async throws
  {
    let driver = ScriptedDriver(["COMMIT": [.loss]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in try await touch(transaction) }
      }
      #expect(error?.kind == .connectionLost)
    }
    #expect(driver.sent.count { $0 == Self.touch } == 1)
  }

  @Test func `a connection that is lost at the beginning is replaced`() async throws {
    let driver = ScriptedDriver(["BEGIN": [.loss]])
    try await withDatabase(driver) { database in
      try await database.transaction { transaction throws(DatabaseError) in try await touch(transaction) }
    }
    #expect(driver.sent == ["BEGIN", "BEGIN", Self.touch, "COMMIT"])
    #expect(driver.connections == 2)
  }

  @Test func `a connection on which the rollback fails is not lent again`() async throws {
    let driver = ScriptedDriver(["ROLLBACK": [.failure(.other)]])
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      for _ in 0..<2 {
        let error = await failure { () async throws(DatabaseError) in
          try await database.transaction { transaction throws(DatabaseError) in
            try await touch(transaction)
            throw DatabaseError(.checkViolation)
          }
        }
        #expect(error?.kind == .checkViolation)
      }
    }
    #expect(driver.connections == 2)
  }

  @Test func `a connection on which the rollback succeeds is lent again`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      for _ in 0..<2 {
        _ = await failure { () async throws(DatabaseError) in
          try await database.transaction { _ throws(DatabaseError) in
            throw DatabaseError(.checkViolation)
          }
        }
      }
    }
    #expect(driver.connections == 1)
  }

  @Test func `a transaction with an ignored error cannot be committed`() async throws {
    let driver = ScriptedDriver([Self.touch: [.failure(.checkViolation)]])
    try await withDatabase(driver) { database in
      let error = await failure { () async throws(DatabaseError) in
        try await database.transaction { transaction throws(DatabaseError) in
          try? await touch(transaction)
        }
      }
      #expect(error?.kind == .checkViolation)
    }
    #expect(driver.sent == ["BEGIN", Self.touch, "ROLLBACK"])
  }

  @Test func `savepoints nest, and each is undone alone`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        try await transaction.savepoint { inner throws(DatabaseError) in
          try? await inner.savepoint { _ throws(DatabaseError) in throw DatabaseError(.other) }
        }
      }
    }
    #expect(
      driver.sent == [
        "BEGIN", "SAVEPOINT s1", "SAVEPOINT s2", "ROLLBACK TO SAVEPOINT s2", "RELEASE SAVEPOINT s2",
        "RELEASE SAVEPOINT s1", "COMMIT",
      ])
  }

  @Test func `a transaction that is used after its end throws an error`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      let kept = try await database.transaction { transaction throws(DatabaseError) in
        try await touch(transaction)
        return transaction
      }
      let error = await failure { () async throws(DatabaseError) in try await touch(kept) }
      #expect(error?.kind == .invalidStatement)
    }
    #expect(driver.sent == ["BEGIN", Self.touch, "COMMIT"])
  }

  @Test func `a savepoint that is used after its end is an error, while its transaction goes on`()
    async throws
  {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        let kept = try await transaction.savepoint { inner throws(DatabaseError) in inner }
        let error = await failure { () async throws(DatabaseError) in try await touch(kept) }
        #expect(error?.kind == .invalidStatement)
        try await touch(transaction)
      }
    }
    #expect(
      driver.sent == ["BEGIN", "SAVEPOINT s1", "RELEASE SAVEPOINT s1", Self.touch, "COMMIT"])
  }

  @Test func `each mode begins with the dialect's statement`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      for mode in [TransactionMode.consistentRead, .readWrite] {
        try await database.transaction(mode) { transaction throws(DatabaseError) in
          try await touch(transaction)
        }
      }
    }
    #expect(
      driver.sent.filter { $0.hasPrefix("BEGIN") } == [
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN",
      ])
  }
}
