import AccessPlanning
import AccessProof
import DatabaseTestSupport
import TestSupport
import Testing

@testable import MariaDBAdministration

/// The proof on a real server: every cell holds, and holes made by hand are found.
@Suite(.serialized) struct MariaDBProofTests {
  @Test func `every cell is as declared, and the proof finds holes that verify names`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let report = try await fleet.prove()
      #expect(report.violations.isEmpty, "\(report.violations)")
      #expect(report.results.count > 1_000)

      try await fleet.asSuperuser(
        "INSERT INTO app_db.users (email, password, fs_uniquifier) VALUES ('a@b.c', 'secret', 'u')",
        "GRANT UPDATE ON app_db.`platform_integrations$twitch-trigger$insert` TO `twitch-trigger`@`%`",
        """
        CREATE OR REPLACE DEFINER = `bulkhead-views`@localhost VIEW app_db.`users$analytics-rollup-rw` AS
        SELECT * FROM app_db.users
        """,
        "GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`",
        "GRANT SELECT (id) ON app_db.users TO `analytics-ro`@`%`",
        "GRANT DROP ON app_db.rollups TO `analytics-ro`@`%`",
        "GRANT PROCESS, FILE, CREATE USER ON *.* TO `analytics-ro`@`%`",
        "GRANT CREATE, CREATE VIEW, EVENT, LOCK TABLES, CREATE TEMPORARY TABLES ON `app\\_db`.* TO `analytics-ro`@`%`",
        """
        CREATE OR REPLACE DEFINER = `bulkhead-views`@localhost VIEW app_db.`platform_integrations$twitch-trigger` AS
        SELECT * FROM app_db.platform_integrations WHERE platform = 'twitch' WITH CASCADED CHECK OPTION
        """)
      let found = try await fleet.prove()
      let verbs = Set(found.violations.map { "\($0.object): \($0.verb)" })
      for expected in [
        "settings: select", "users: open a handler", "users: select beneath the view", "rollups: truncate",
        "server: see sessions of others", "server: read a file", "server: create account",
        "server: read transactions of others", "database: create table", "database: create view",
        "database: create event", "database: create temporary table", "users: lock",
        "platform_integrations$twitch-trigger$insert: take a row over",
        "users$analytics-rollup-rw: compare password",
      ] {
        #expect(verbs.contains(expected), "\(expected) is not among \(verbs.sorted())")
      }
      // A view without its index is the residue that is declared for it.
      #expect(found.residues.contains { $0.name == "values of hidden rows" })
      let tables = try await fleet.superuser.unsafeQuery(
        unsafeSQL: "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'bulkhead_probe%'")
      #expect(try tables.integer(0, 0) == 0)
      _ = try await fleet.grants().apply()
      #expect(try await fleet.deviations() == [])
    }
  }
}
