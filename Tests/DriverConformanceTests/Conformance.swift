import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport

/// The start of every conformance test: a database with an empty table `samples`, and a pool over it.
enum Conformance {
  static func with(
    _ engine: TestEngine, pool: PoolConfiguration = .patient(3),
    _ body: (Database) async throws -> Void
  ) async throws {
    try await TestDatabase.with(engine) { test in
      try await prepared(test, pool: pool, body)
    }
  }

  /// Like `with`, for a test that needs the database behind the pool.
  static func prepared(
    _ test: TestDatabase, pool: PoolConfiguration = .patient(3),
    _ body: (Database) async throws -> Void
  ) async throws {
    try await DriverSession.with(test.driver, on: test.loop) { session in
      try await session.run(Samples.createTable(in: test.driver.dialect))
    }
    try await test.withPool(pool) { database in
      // The time for the first connection must not count toward a test's short deadlines.
      try await eventually("the pool has a connection") { (try? await database.ping()) != nil }
      try await body(database)
    }
  }

  /// Inserts rows with the labels `row 0` to `row count-1`, whose `big` is their number.
  static func fill(_ database: Database, count: Int) async throws {
    let rows = (0..<count).map { ("row \($0)", Int64?(Int64($0))) }
    try await database.run(Samples.insertMany(\.label, \.big, rows: rows))
  }
}
