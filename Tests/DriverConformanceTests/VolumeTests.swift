import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

struct VolumeTests {
  @Test(arguments: TestEngine.conforming)
  func `five thousand rows are inserted at once, or none is`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      let rows = (0..<5_000).map { ("row \($0)", Int64?(Int64($0)), Bool($0.isMultiple(of: 2))) }
      let inserted = try await database.run(Samples.insertMany(\.label, \.big, \.flag, rows: rows))
      #expect(inserted == 5_000)
      #expect(try await database.count(Samples.count().where(\.flag == true)) == 2_500)
      let doubled = (5_000..<9_999).map { ("row \($0)", Int64?.none, true) } + [("row 3", nil, true)]
      await #expect(throws: DatabaseError.self) {
        try await database.run(Samples.insertMany(\.label, \.big, \.flag, rows: doubled))
      }
      #expect(try await database.count(Samples.count()) == 5_000)
    }
  }

  @Test(arguments: TestEngine.conforming, [Direction.ascending, .descending])
  func `pages by key return every row once, even when rows are deleted meanwhile`(
    engine: TestEngine, order: Direction
  ) async throws {
    try await Conformance.with(engine) { database in
      try await Conformance.fill(database, count: 103)
      var seen: [Int64] = []
      var cursor: PageKey?
      repeat {
        let select = Samples.select(\.big).where(\.big != 50)
        let page = try await database.page(select, after: cursor, limit: 10, order: .identity(order)) {
          $0 ?? -1
        }
        #expect(page.items.count <= 10)
        seen += page.items
        cursor = page.next
        if let first = page.items.first { try await database.run(Samples.delete().where(\.big == first)) }
      } while cursor != nil
      let expected = (0..<103).filter { $0 != 50 }.map(Int64.init)
      #expect(seen == (order == .ascending ? expected : expected.reversed()))
    }
  }
}
