import DataAccess
import DatabaseTestSupport
import Migrations
import Schema
import TestSupport
import Testing

/// When two addresses of users count as one.
@Suite struct AddressTests {
  private static let addresses = [
    "Zoe@example.org", "zoe@example.org", "zoe@example.org ", "zo\u{E9}@example.org",
    "zo\u{1F600}@example.org",
  ]

  @Test(arguments: TestEngine.drivers)
  func `addresses that differ in case, in an accent or in a trailing space are different on every engine`(
    engine: TestEngine
  ) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool { database in
        try await MigrationEngine(database).up()
        for (number, address) in Self.addresses.enumerated() {
          try await add(address, "\(number)", to: database)
        }
        for address in Self.addresses {
          let error = await #expect(throws: DatabaseError.self) {
            try await add(address, address, to: database)
          }
          guard case .uniqueViolation = error?.kind else {
            Issue.record("an unexpected error for \(address): \(String(describing: error))")
            continue
          }
          let found = try await database.all(Users.select(\.email).where(\.email == address)) { $0 }
          #expect(found == [address])
        }
      }
    }
  }

  private func add(_ address: String, _ uniquifier: String, to database: Database) async throws {
    try await database.run(
      Users.insert(\.email <- address, \.password <- "x", \.fsUniquifier <- uniquifier))
  }
}
