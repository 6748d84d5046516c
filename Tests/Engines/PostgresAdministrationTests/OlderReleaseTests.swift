import DataAccess
import DatabaseTestSupport
import Foundation
import Testing

@testable import PostgresAdministration

/// What the tool does on a server that is older than it needs.
@Suite struct OlderReleaseTests {
  private static let isOlder = ProcessInfo.processInfo.environment["POSTGRES_RELEASE"] == "15"

  @Test(.enabled(if: isOlder, "`make test-postgresql-15` runs it, on a PostgreSQL 15"))
  func `a release before 16 is refused by its number, before its rights are read`() async throws {
    try await TestDatabase.with(.postgresql) { test in
      try await test.withPool { database in
        let error = await #expect(throws: DatabaseError.self) {
          try await PostgresCatalogReader(database).read()
        }
        let detail = try #require(error?.detail)
        #expect(detail.hasPrefix("the server is PostgreSQL 15."))
        #expect(detail.hasSuffix("and the access tool needs 16 or newer"))
      }
    }
  }
}
