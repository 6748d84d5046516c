import DataAccess
import DatabaseTestSupport
import Schema
import Testing

/// Inserts that meet a known key, counters, and changes that return their rows, on every engine.
@Suite struct ChangeTests {
  @Test(arguments: TestEngine.conforming)
  func `an insert with a known key inserts nothing and reports it, inside a transaction too`(
    engine: TestEngine
  ) async throws {
    try await Conformance.with(engine) { database in
      let first = try await database.insert(
        Samples.insert(\.label <- "a", \.big <- 1), returning: \.id, unlessConflictOf: \.label)
      #expect(first != nil)
      try await database.transaction { transaction throws(DatabaseError) in
        let again = try await transaction.insert(
          Samples.insert(\.label <- "a", \.big <- 2), returning: \.id, unlessConflictOf: \.label)
        #expect(again == nil)
        let other = try await transaction.insert(
          Samples.insert(\.label <- "b", \.big <- 3), returning: \.big, unlessConflictOf: \.label)
        #expect(other == 3)
      }
      let kept = try await database.all(Samples.select(\.big).orderBy(\.id), as: { $0 })
      #expect(kept == [1, 3])
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `only one of many writers inserts a key`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let inserted = try await withThrowingTaskGroup(of: Bool.self) { group in
        for writer in 0..<10 {
          group.addTask {
            try await database.insert(
              Samples.insert(\.label <- "a", \.big <- Int64(writer)), returning: \.id,
              unlessConflictOf: \.label) != nil
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(inserted == 1)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `many rows update those with a known key`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await Conformance.fill(database, count: 2)
      let rows = (1..<4).map { ("row \($0)", Int64?(Int64($0) * 10)) }
      try await database.run(
        Samples.insertMany(\.label, \.big, rows: rows).updating(\.big, onConflictOf: \.label))
      let kept = try await database.all(Samples.select(\.big).orderBy(\.label), as: { $0 })
      #expect(kept == [0, 10, 20, 30])
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `an update returns its rows with their new values, and a delete the rows that are gone`(
    engine: TestEngine
  ) async throws {
    try await Conformance.with(engine) { database in
      try await Conformance.fill(database, count: 4)
      let columns = Samples.select(\.label, \.big)
      let changed = try await database.run(
        Moments.update(.increment(\.big, by: 5)).where(\.big >= 2),
        returning: Moments.select(\.label, \.big)
      ) { "\($0) \($1)" }
      #expect(changed.sorted() == ["row 2 7", "row 3 8"])
      let gone = try await database.run(Samples.delete().where(\.big > 6), returning: columns) { label, _ in
        label
      }
      #expect(gone.sorted() == ["row 2", "row 3"])
      let none = try await database.run(Samples.delete().where(\.big > 6), returning: columns) { label, _ in
        label
      }
      #expect(none.isEmpty)
      let kept = try await database.count(Samples.count())
      #expect(kept == 2)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `an update that changes the column of its condition still returns its rows`(
    engine: TestEngine
  ) async throws {
    try await Conformance.with(engine) { database in
      try await Conformance.fill(database, count: 3)
      let changed = try await database.run(
        Samples.update(\.big <- 9).where(\.big == 1), returning: Samples.select(\.label, \.big)
      ) { [$0, "\($1 ?? -1)"] }
      #expect(changed == [["row 1", "9"]])
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `counters lose no increment`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await Conformance.fill(database, count: 1)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            try await database.run(Moments.update(.increment(\.big)).where(\.label == "row 0"))
          }
        }
        try await group.waitForAll()
      }
      let total = try await database.first(Samples.select(\.big), as: { $0 })
      #expect(total == 20)
    }
  }
}
