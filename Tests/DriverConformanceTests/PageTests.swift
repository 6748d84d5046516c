import DataAccess
import DatabaseTestSupport
import Schema
import Testing

/// Pages in orders of several columns, on every engine.
@Suite struct PageTests {
  /// Rows whose flags and days repeat; only with the label is the order unique.
  private func with(_ engine: TestEngine, _ body: (Database) async throws -> Void) async throws {
    try await Conformance.with(engine) { database in
      for number in 0..<23 {
        try await database.run(
          Moments.insert(
            \.label <- "row \(number)", \.big <- Int64(number % 3), \.flag <- number.isMultiple(of: 2),
            \.moment <- Timestamp(secondsSinceEpoch: Int64(number / 5))))
      }
      try await body(database)
    }
  }

  private static let orders: [PageOrder<Moments>] = [
    .by(\.label, .descending),
    .by(\.flag, .descending).then(\.label),
    .by(\.moment).then(\.big, .descending).then(\.id),
    .by(\.big, .descending).then(\.moment, .descending).then(\.id, .descending),
  ]

  @Test(arguments: TestEngine.conforming)
  func `pages in any unique order return every row once, in that order`(engine: TestEngine) async throws {
    try await with(engine) { database in
      for order in Self.orders {
        let whole = try await database.page(Moments.select(\.label), after: nil, limit: 100, order: order) {
          $0
        }
        #expect(whole.items.count == 23 && whole.next == nil)
        for limit in [1, 2, 7] {
          var seen: [String] = []
          var cursor: PageKey?
          repeat {
            let page = try await database.page(
              Moments.select(\.label), after: cursor, limit: limit, order: order
            ) { $0 }
            seen += page.items
            cursor = page.next
          } while cursor != nil
          #expect(seen == whole.items)
        }
      }
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `rows that appear behind the place are found, and rows before it shift nothing`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database in
      let order = PageOrder<Moments>.by(\.moment, .descending).then(\.id)
      let first = try await database.page(Moments.select(\.label), after: nil, limit: 5, order: order) { $0 }
      for (label, second) in [("before", 99), ("behind", -1)] as [(String, Int64)] {
        try await database.run(
          Moments.insert(
            \.label <- label, \.big <- 0, \.flag <- true, \.moment <- Timestamp(secondsSinceEpoch: second)))
      }
      let rest = try await database.page(Moments.select(\.label), after: first.next, limit: 99, order: order)
      { $0 }
      #expect(rest.items.count == 23 - 5 + 1)
      #expect(rest.items.last == "behind" && !rest.items.contains("before"))
    }
  }

  /// The second length shows that the look at the server's plans tells both cases apart.
  @Test(.enabled(if: !MariaDBServer.hasMySQL), arguments: [(50, 0), (55, 20)] as [(Int, Int64)])
  func `PostgreSQL plans a page of a usual length once, and another one each time`(
    length: Int, plannedAnew: Int64
  ) async throws {
    try await Conformance.with(.postgresql, pool: .patient(1)) { database in
      _ = try await database.unsafeQuery(
        unsafeSQL: "INSERT INTO samples (label) SELECT 'row ' || n FROM generate_series(1, 20000) AS n")
      _ = try await database.unsafeQuery(unsafeSQL: "ANALYZE samples")
      for key in 1...25 as ClosedRange<Int64> {
        let page = try await database.page(
          Samples.select(\.label), after: PageKey([.integer(key)]), limit: length
        ) { $0 }
        #expect(page.items.count == length)
      }
      // Its first five executions have plans of their own in any case.
      let plans = try await database.unsafeQuery(
        unsafeSQL: "SELECT custom_plans - 5 FROM pg_prepared_statements WHERE statement LIKE '%LIMIT%'")
      #expect(plans.rowCount == 1)
      #expect(try plans.integer(0, 0) == plannedAnew)
    }
  }
}
