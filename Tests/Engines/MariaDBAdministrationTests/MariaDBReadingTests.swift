import AccessPlanning
import DatabaseTestSupport
import TestSupport
import Testing

@testable import MariaDBAdministration

/// What the reader of rights does with a server that has more than it knows, or shows less than it needs.
@Suite(.serialized) struct MariaDBReadingTests {
  @Test func `a privilege on a database that only a newer server has is named`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      // As MariaDB 11.3 keeps SHOW CREATE ROUTINE.
      try await fleet.asSuperuser(
        "ALTER TABLE mysql.db ADD COLUMN Show_create_routine_priv ENUM('N','Y') NOT NULL DEFAULT 'N'",
        "INSERT INTO mysql.db (Host, Db, User, Show_create_routine_priv) VALUES ('%', 'app%', 'analytics-ro', 'Y')"
      )
      let found = try await fleet.deviations()
      #expect(
        found.map(\.message) == [
          "analytics-ro holds SHOW CREATE ROUTINE on app%.*, which the manifest does not declare"
        ])
      try await fleet.asSuperuser(
        "DELETE FROM mysql.db WHERE Db = 'app%'", "ALTER TABLE mysql.db DROP COLUMN Show_create_routine_priv")
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test(arguments: ["proxies_priv", "db", "tables_priv"])
  func `an administrator that may not read the rights is referred to the bootstrap, which mends it`(
    _ table: String
  ) async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("REVOKE SELECT ON mysql.\(table) FROM `migrate-admin`@`%`")
      let error = await #expect(throws: AccessError.self) { _ = try await fleet.deviations() }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.contains(table) && text.contains("run `bulkhead bootstrap`"), "\(text)")
      _ = try await fleet.bootstrap()
      #expect(try await fleet.deviations() == [])
    }
  }
}
