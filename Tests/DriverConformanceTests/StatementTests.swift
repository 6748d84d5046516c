import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

struct StatementTests {
  @Test(arguments: TestEngine.conforming)
  func `an insert returns the identity that the engine assigned`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let first = try await database.insert(Samples.insert(\.label <- "a"), returning: \.id)
      let second = try await database.insert(Samples.insert(\.label <- "b"), returning: \.id)
      #expect(second > first)
      let found = try await database.first(Samples.select(\.label).where(\.id == second)) { $0 }
      #expect(found == "b")
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `updates and deletions return the number of changed rows`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await Conformance.fill(database, count: 10)
      let updated = try await database.run(Samples.update(\.flag <- false).where(\.big < 4))
      let untouched = try await database.run(Samples.update(\.flag <- false).where(\.big > 100))
      let raised = try await database.run(
        Samples.update(\.note <- "seen").where(\.flag == false && \.big != 0))
      let deleted = try await database.run(Samples.delete().where(\.flag == false))
      #expect([updated, untouched, raised, deleted] == [4, 0, 3, 4])
      #expect(try await database.count(Samples.count()) == 6)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `conditions select exactly the matching rows`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await Conformance.fill(database, count: 20)
      try await database.run(Samples.insert(\.label <- "100% wall_"))
      func labels(_ predicate: Predicate<Samples>) async throws -> Int {
        try await database.count(Samples.count().where(predicate))
      }
      #expect(try await labels(\.big >= 18 || \.big <= 1) == 4)
      #expect(try await labels(!(\.big == 3)) == 19)
      #expect(try await labels(\.big == nil) == 1)
      #expect(try await labels(\.label == "row 7") == 1)
      #expect(try await database.exists(Samples.select(\.id).where(\.label == "nothing")) == false)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a duplicate key is a unique violation that names its constraint`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await database.run(Samples.insert(\.label <- "taken"))
      let error = await #expect(throws: DatabaseError.self) {
        try await database.run(Samples.insert(\.label <- "taken"))
      }
      guard case .uniqueViolation(let constraint)? = error?.kind else {
        Issue.record("not a unique violation: \(String(describing: error))")
        return
      }
      #expect(constraint?.contains("label") == true)
      #expect(error?.operation == "insert samples")
      #expect(error?.nativeCode.isEmpty == false)
      #expect(error?.isRetryable == false)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a missing value is a not-null violation`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.run(Samples.insert(\.note <- "no label"))
      }
      #expect(error?.kind == .notNullViolation)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a violated check and a violated reference have different kinds`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      _ = try await database.unsafeQuery(
        unsafeSQL: """
          CREATE TABLE parts (id integer PRIMARY KEY, sample_id bigint REFERENCES samples (id),
          size integer CHECK (size > 0))
          """)
      let tooSmall = await #expect(throws: DatabaseError.self) {
        try await database.unsafeQuery(unsafeSQL: "INSERT INTO parts VALUES (1, NULL, 0)")
      }
      let orphan = await #expect(throws: DatabaseError.self) {
        try await database.unsafeQuery(unsafeSQL: "INSERT INTO parts VALUES (2, 4711, 1)")
      }
      #expect(tooSmall?.kind == .checkViolation)
      #expect(orphan?.kind == .foreignKeyViolation)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `an invalid statement fails as such, and the pool stays usable`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      for sql in ["SELEC 1", "SELECT nothing FROM nowhere"] {
        let error = await #expect(throws: DatabaseError.self) {
          try await database.unsafeQuery(unsafeSQL: sql, isRead: true)
        }
        #expect(error?.kind == .invalidStatement)
      }
      try await database.ping()
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `an upsert updates the row with the same key`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      for note in ["first", "second"] {
        try await database.run(
          Samples.insert(\.label <- "one", \.note <- note).updating(\.note, onConflictOf: \.label))
      }
      let notes = try await database.all(Samples.select(\.note)) { $0 }
      #expect(notes == ["second"])
    }
  }
}
