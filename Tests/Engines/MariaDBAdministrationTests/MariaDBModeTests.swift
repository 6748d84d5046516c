import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import TestSupport
import Testing

@testable import MariaDBAdministration

/// What a plan leaves alone: all that an additive manifest would take away, and what concerns the accounts that a focus
/// leaves out.
@Suite(.serialized) struct MariaDBModeTests {
  @Test func `an additive manifest names every excess, grants what is missing, and takes nothing away`()
    async throws
  {
    var manifest = try FleetManifest.load()
    manifest.scope.mode = .additive
    try await MariaDBFleet.with(manifest) { fleet in
      _ = try await fleet.grants().apply()
      #expect(try await fleet.deviations() == [])
      try await Self.exceed(fleet)
      let before = try await fleet.grants().state(using: fleet.administrator)
      let found = try await fleet.deviations()
      #expect(found.count == 9, "\(found.map(\.message))")
      let plan = try await fleet.grants().plan()
      #expect(plan.steps.map(\.text) == [])
      #expect(Set(plan.unmended) == Set(found))
      let outcome = try await fleet.grants(dropsRetired: true).apply()
      #expect(outcome.done.map(\.text) == [] && outcome.remaining.map(\.text) == [])
      #expect(Set(outcome.unmended) == Set(found))
      #expect(try await fleet.bootstrap() == [])
      let after = try await fleet.grants().state(using: fleet.administrator)
      #expect(after.privileges == before.privileges && after.accounts == before.accounts)
      #expect(after.views == before.views)

      try await fleet.asSuperuser("REVOKE SELECT ON app_db.rollups FROM `analytics-ro`@`%`")
      _ = try await fleet.grants().apply()
      #expect(Set(try await fleet.deviations()) == Set(found))
    }
  }

  /// One excess of each kind that a plan could close.
  private static func exceed(_ fleet: MariaDBFleet) async throws {
    _ = try fleet.credentials.createMissing(for: ["former-rw"])
    let preposition = MariaDBFleet.catalog.defaultRolePreposition
    try await fleet.asSuperuser(
      "GRANT DELETE ON app_db.users TO `analytics-ro`@`%`", "GRANT PROCESS ON *.* TO `connector-rw`@`%`",
      "GRANT UPDATE ON app_db.users TO `bulkhead-views`@localhost",
      "CREATE USER `analytics-ro`@localhost IDENTIFIED BY 'x'", "CREATE USER `former-rw`@`%`",
      "ALTER USER `bulkhead-views`@localhost ACCOUNT UNLOCK",
      "CREATE DEFINER = `bulkhead-views`@localhost VIEW app_db.`users$gone-ro` AS SELECT id FROM app_db.users",
      "CREATE ROLE some_role", "GRANT some_role TO `analytics-ro`@`%`",
      "SET DEFAULT ROLE some_role \(preposition) `analytics-ro`@`%`")
  }

  @Test func `a plan for one account keeps the views of the others`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser(
        "INSERT INTO app_db.users (email, password, fs_uniquifier) VALUES ('a@b.c', 'secret', 'u')",
        "REVOKE SELECT ON app_db.audit_log FROM `auditor-ro`@`%`")
      // Another manifest: its accounts read whole tables, so no view needs the tables any more.
      let whole = try FleetManifest.load(
        replacing: "select: { columns: [id, active, role, confirmed_at, created_at] }", by: "select: {}")
      var grants = fleet.grants(whole)
      let revocation = "REVOKE SELECT ON `app_db`.`users` FROM `bulkhead-views`@`localhost`"
      #expect(try await grants.plan().steps.map(\.text).contains(revocation))
      grants.focus = try AccessFocus(["auditor-ro"], in: whole)
      let outcome = try await grants.apply()
      #expect(
        outcome.done.map(\.text).allSatisfy { $0.contains("auditor-ro") }, "\(outcome.done.map(\.text))")
      #expect(outcome.done.count == 1 && outcome.leftOut.isEmpty == false)
      let view = "SELECT concat(count(*)) FROM `users$analytics-ro`"
      #expect(try await fleet.answer(as: "analytics-ro", view) == "1")
    }
  }

  @Test func `a plan for one account gives the definer what its views need`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("DROP USER `bulkhead-views`@localhost", "DROP USER `twitch-trigger`@`%`")
      var grants = fleet.grants()
      grants.focus = try AccessFocus(["twitch-trigger"], in: fleet.manifest)
      _ = try await grants.apply()
      let rows = "SELECT concat(count(*)) FROM `platform_integrations$twitch-trigger`"
      #expect(try await fleet.answer(as: "twitch-trigger", rows) == "0")
      let left = try await fleet.deviations()
      #expect(
        !left.isEmpty && left.allSatisfy { $0.account.contains("bulkhead-views") }, "\(left.map(\.message))")
      _ = try await fleet.grants().apply()
      #expect(try await fleet.deviations() == [])
    }
  }
}
