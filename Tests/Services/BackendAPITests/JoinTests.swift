import DataAccess
import DatabaseTestSupport
import Schema
import Testing

/// Joins of two tables, on every engine.
@Suite struct JoinTests {
  private func user(_ name: String, active: Bool, in database: Database) async throws -> Int64 {
    let now = Timestamp(secondsSinceEpoch: 0)
    let id = try await database.insert(
      Users.insert(
        \.email <- "\(name)@example.org", \.password <- "x", \.active <- active, \.fsUniquifier <- name),
      returning: \.id)
    for number in 0..<2 {
      try await database.run(
        Sessions.insert(
          \.userID <- id, \.tokenHash <- String(repeating: "0", count: 62) + "\(id)\(number)",
          \.createdAt <- now, \.expiresAt <- now.adding(seconds: Int64(number))))
    }
    return id
  }

  @Test(arguments: TestEngine.drivers)
  func `a join returns the row of the other table that belongs to a row`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool { database in
        let ada = try await user("ada", active: true, in: database)
        let bob = try await user("bob", active: false, in: database)
        let join = Sessions.join(Users.self, on: \.userID, \.id).select(.left(\.userID), .right(\.email))
        for (id, email) in [(ada, "ada@example.org"), (bob, "bob@example.org")] {
          let found = try await database.first(join.where(left: \.userID == id)) { ($0, $1) }
          #expect(try #require(found) == (id, email))
        }
        let none = try await database.first(join.where(left: \.userID == bob + 1)) { $0 + Int64($1.count) }
        #expect(none == nil)
      }
    }
  }
}
