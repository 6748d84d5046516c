import DataAccess
import DatabaseTestSupport
import Schema
import Synchronization
import Testing

/// A row that another client wrote, with a value that this program cannot represent, hurts itself alone.
@Suite struct UnreadableRowTests {
  private static let moments = Samples.select(\.id, \.label, \.moment)

  /// Three rows, of which the second has that time.
  private func with(_ engine: TestEngine, _ body: (Database) async throws -> Void) async throws {
    try await Conformance.with(engine) { database in
      for odd in engine.oddTimes {
        try await database.run(Samples.delete().everyRow())
        try await Conformance.fill(database, count: 3)
        _ = try await database.unsafeQuery(
          unsafeSQL: "UPDATE samples SET moment = '\(odd)' WHERE label = 'row 1'")
        try await body(database)
      }
    }
  }

  private func id(_ label: String, in database: Database) async throws -> Int64 {
    try #require(await database.first(Samples.select(\.id).where(\.label == label), as: { $0 }))
  }

  @Test(arguments: TestEngine.conforming)
  func `a list and a page go on without an unreadable row and report it`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database in
      let readable = ["row 0", "row 2"]
      let listed = try await database.all(Self.moments.orderBy(\.id)) { _, label, _ in label }
      #expect(listed == readable)
      let page = try await database.page(Self.moments, after: nil, limit: 3) { _, label, _ in label }
      #expect(page.items == readable && page.next == nil)
      let row = UnreadableRow(table: "samples", id: try await id("row 1", in: database), column: "moment")
      #expect(database.unreadableRows?.reported.contains(row) == true)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `an observer counts an unreadable row each time that a list leaves it out`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database in
      let tables = Mutex<[String]>([])
      database.unreadableRows?.observe { row in tables.withLock { $0.append(row.table) } }
      for _ in 0..<3 { _ = try await database.all(Self.moments) { _, label, _ in label } }
      #expect(tables.withLock { $0 } == ["samples", "samples", "samples"])
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a page of unreadable rows alone is empty and leads to the next page`(engine: TestEngine) async throws
  {
    try await with(engine) { database in
      let first = try await database.page(Self.moments, after: nil, limit: 1) { _, label, _ in label }
      let second = try await database.page(Self.moments, after: first.next, limit: 1) { _, label, _ in label }
      #expect(second.items.isEmpty && second.next != nil)
      let third = try await database.page(Self.moments, after: second.next, limit: 1) { _, label, _ in label }
      #expect(third.items == ["row 2"] && third.next == nil)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `an unreadable row alone is an error that names the row, and it can be deleted`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database in
      let id = try await id("row 1", in: database)
      let error = await #expect(throws: DatabaseError.self) {
        try await database.first(Self.moments.where(\.id == id)) { _, label, _ in label }
      }
      #expect(error?.row == UnreadableRow(table: "samples", id: id, column: "moment"))
      #expect(error?.description.contains("samples.moment") == true)
      #expect(try await database.run(Samples.delete().where(\.id == id)) == 1)
      #expect(try await database.all(Self.moments) { _, label, _ in label }.count == 2)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a transaction leaves no row out, because its writes would follow from half of the rows`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database in
      await #expect(throws: DatabaseError.self) {
        try await database.transaction { transaction throws(DatabaseError) in
          try await transaction.all(Self.moments) { _, label, _ in label }
        }
      }
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `text with a zero byte is refused before it reaches an engine`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.run(Samples.insert(\.label <- "a\u{0}b"))
      }
      #expect(error?.kind == .valueOutOfRange)
      let many = await #expect(throws: DatabaseError.self) {
        try await database.run(Samples.insertMany(\.label, \.note, rows: [("a", "x"), ("b", "\u{0}")]))
      }
      #expect(many?.kind == .valueOutOfRange)
      let kept = try await database.count(Samples.count())
      #expect(kept == 0)
    }
  }
}
