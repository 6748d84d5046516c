import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

struct TransactionTests {
  private static let abandoned = DatabaseError(.other, operation: "abandoned by the test")

  @Test(arguments: TestEngine.conforming)
  func `a transaction's changes are visible to others after it ends, and not before`(engine: TestEngine)
    async throws
  {
    try await Conformance.with(engine) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        try await transaction.run(Samples.insert(\.label <- "a"))
        let outside = try await database.count(Samples.count())
        let inside = try await transaction.count(Samples.count())
        #expect(outside == 0 && inside == 1)
      }
      #expect(try await database.count(Samples.count()) == 1)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a transaction whose body throws has no effect`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.transaction { transaction throws(DatabaseError) in
          try await transaction.run(Samples.insert(\.label <- "a"))
          throw Self.abandoned
        }
      }
      #expect(error == Self.abandoned)
      let remaining = try await database.count(Samples.count())
      #expect(remaining == 0)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a failed savepoint is rolled back alone`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        try await transaction.run(Samples.insert(\.label <- "kept"))
        do throws(DatabaseError) {
          try await transaction.savepoint { inner throws(DatabaseError) in
            try await inner.run(Samples.insert(\.label <- "lost"))
            try await inner.run(Samples.insert(\.label <- "kept"))
          }
        } catch {
          #expect(error.isUniqueViolation)
        }
        try await transaction.savepoint { inner throws(DatabaseError) in
          _ = try await inner.run(Samples.insert(\.label <- "kept too"))
        }
      }
      let labels = try await database.all(Samples.select(\.label).orderBy(\.id)) { $0 }
      #expect(labels == ["kept", "kept too"])
    }
  }

  /// A server may undo the whole transaction with the error, and then has no savepoint to roll back to.
  @Test(arguments: TestEngine.conforming)
  func `a savepoint that the server has undone with its transaction keeps the error that was its reason`(
    engine: TestEngine
  ) async throws {
    let reason = DatabaseError(.lockTimeout, operation: "the wait", isRetryable: true)
    try await Conformance.with(engine) { database in
      let failure = await #expect(throws: DatabaseError.self) {
        try await database.transaction(retries: 0) { transaction throws(DatabaseError) in
          do throws(DatabaseError) {
            try await transaction.savepoint { inner throws(DatabaseError) in
              try await inner.run(Samples.insert(\.label <- "lost"))
              _ = try await inner.unsafeQuery(unsafeSQL: "ROLLBACK")
              throw reason
            }
          } catch {
            #expect(error == reason)
          }
        }
      }
      #expect(failure == reason)
      let remaining = try await database.count(Samples.count())
      #expect(remaining == 0)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a gathered statement takes effect with the commit, and its failure undoes the transaction`(
    engine: TestEngine
  )
    async throws
  {
    try await Conformance.with(engine) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        _ = try await transaction.gather(Samples.insert(\.label <- "a"))
      }
      #expect(try await database.count(Samples.count()) == 1)
      for isLast in [true, false] {
        let error = await #expect(throws: DatabaseError.self) {
          try await database.transaction { transaction throws(DatabaseError) in
            try await transaction.run(Samples.insert(\.label <- "b"))
            try await transaction.gather(Samples.insert(\.label <- "a"))
            if !isLast { _ = try await transaction.run(Samples.insert(\.label <- "c")) }
          }
        }
        #expect(error?.isUniqueViolation == true)
      }
      #expect(try await database.count(Samples.count()) == 1)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a savepoint that fails undoes what was gathered in it, and not what was gathered before`(
    engine: TestEngine
  )
    async throws
  {
    try await Conformance.with(engine) { database in
      try await database.transaction { transaction throws(DatabaseError) in
        try await transaction.gather(Samples.insert(\.label <- "kept"))
        let error = await #expect(throws: DatabaseError.self) {
          try await transaction.savepoint { inner throws(DatabaseError) in
            try await inner.gather(Samples.insert(\.label <- "lost"))
            try await inner.gather(Samples.insert(\.label <- "kept"))
          }
        }
        #expect(error?.isUniqueViolation == true)
      }
      let labels = try await database.all(Samples.select(\.label)) { $0 }
      #expect(labels == ["kept"])
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a transaction with an ignored error does not commit`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      await #expect(throws: DatabaseError.self) {
        try await database.transaction { transaction throws(DatabaseError) in
          try await transaction.run(Samples.insert(\.label <- "a"))
          _ = try? await transaction.run(Samples.insert(\.label <- "a"))
        }
      }
      let remaining = try await database.count(Samples.count())
      #expect(remaining == 0)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a consistent read sees one snapshot`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await Conformance.fill(database, count: 5)
      try await database.transaction(.consistentRead) { transaction throws(DatabaseError) in
        let before = try await transaction.count(Samples.count())
        try await database.run(Samples.insert(\.label <- "meanwhile"))
        let after = try await transaction.count(Samples.count())
        #expect(before == 5 && after == 5)
      }
      #expect(try await database.count(Samples.count()) == 6)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `concurrent increments in transactions are all counted`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let id = try await database.insert(Samples.insert(\.label <- "counter", \.small <- 0), returning: \.id)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<40 {
          group.addTask {
            try await database.transaction { transaction throws(DatabaseError) in
              let row = Samples.select(\.small).where(\.id == id).forUpdate()
              let old = try await transaction.first(row) { $0 ?? 0 } ?? 0
              try await transaction.run(Samples.update(\.small <- old + 1).where(\.id == id))
            }
          }
        }
        try await group.waitForAll()
      }
      let counted = try await database.first(Samples.select(\.small).where(\.id == id)) { $0 }
      #expect(counted == 40)
    }
  }
}
