import AccessManifest
import AccessPlanning
import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

/// What one account sets for itself, and one statement that the server refuses, keep nothing else from being mended.
@Suite(.serialized, .ownServers) struct RefusedStepTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  private func apply() async throws -> AccessOutcome {
    try #require(try await fleet.access.apply().first?.value)
  }

  private func truth(_ condition: String) async throws -> Bool {
    try await fleet.superuser.unsafeQuery(unsafeSQL: "SELECT (\(condition))").boolean(0, 0)
  }

  private func expectInOrder() async throws {
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.plan().allSatisfy(\.value.isEmpty))
  }

  /// Lets the server refuse statements for a reason that is no lack of a right.
  private func refuse(_ tags: String, where condition: String = "true") async throws {
    try await fleet.asSuperuser(
      """
      CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_user = 'migrate-admin' AND \(condition) THEN RAISE 'not today'; END IF; END $$
      """, "REVOKE EXECUTE ON FUNCTION refuse() FROM PUBLIC",
      "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN (\(tags)) EXECUTE FUNCTION refuse()")
  }

  private func refuseNothing() async throws {
    try await fleet.asSuperuser("DROP EVENT TRIGGER refuse", "DROP FUNCTION refuse()")
  }

  @Test(arguments: ["\u{301}x", "=\u{301}", "a=b", ""])
  func `an account's setting of any text is reset, and keeps no excess of others`(_ value: String)
    async throws
  {
    try await fleet.act(as: "connector-rw", "ALTER ROLE CURRENT_USER SET default_tablespace = '\(value)'")
    try await fleet.asAdministrator(#"GRANT SELECT (email) ON users TO "analytics-ro""#)
    #expect(Set(try await fleet.deviations().map(\.privilege)) == ["default_tablespace", "SELECT"])
    let outcome = try await apply()
    #expect(outcome.isComplete, "\(outcome.remaining.map(\.text)) \(outcome.notes)")
    try await expectInOrder()
  }

  @Test func `a step that the server refuses for any reason is reported, and the others take effect`()
    async throws
  {
    try await fleet.asAdministrator(
      #"GRANT SELECT (email) ON users TO "analytics-ro""#, #"ALTER ROLE "analytics-ro" CONNECTION LIMIT 3"#)
    try await refuse("'REVOKE'")
    let outcome = try await apply()
    #expect(outcome.done.map(\.text) == [#"ALTER ROLE "analytics-ro" CONNECTION LIMIT 20"#])
    #expect(outcome.remaining.map(\.authority) == [.administrator])
    #expect(outcome.notes.first?.hasSuffix("not today") == true, "\(outcome.notes)")
    try await refuseNothing()
    #expect(try await apply().isComplete)
    try await expectInOrder()
  }

  @Test func `no right on a table is granted where the server refuses what limits its rows`() async throws {
    try await fleet.asAdministrator(
      #"REVOKE SELECT ON platform_integrations FROM "twitch-trigger""#,
      "ALTER TABLE platform_integrations DISABLE ROW LEVEL SECURITY",
      #"REVOKE SELECT ON rollups FROM "analytics-ro""#)
    try await refuse("'ALTER TABLE'", where: "current_query() LIKE '%ENABLE ROW%'")
    let outcome = try await apply()
    #expect(
      outcome.remaining.contains { $0.text.contains("GRANT SELECT") && $0.text.contains("twitch-trigger") },
      "\(outcome.remaining.map(\.text))")
    #expect(
      try await truth("NOT has_any_column_privilege('twitch-trigger', 'platform_integrations', 'SELECT')"))
    #expect(try await truth("has_any_column_privilege('analytics-ro', 'rollups', 'SELECT')"))
    try await refuseNothing()
    #expect(try await apply().isComplete)
    try await expectInOrder()
  }

  @Test func `apply without a right on the schema names the steps of the superuser`() async throws {
    try await fleet.asSuperuser(#"ALTER SCHEMA public OWNER TO "connector-rw""#)
    let outcome = try await apply()
    #expect(!outcome.isComplete && outcome.done.isEmpty, "\(outcome.done.map(\.text))")
    #expect(
      outcome.remaining.contains { $0.authority == .superuser && $0.text.hasPrefix("ALTER SCHEMA") },
      "\(outcome.remaining.map(\.text))")
    #expect(outcome.notes.contains { $0.contains("permission denied for schema public") }, "\(outcome.notes)")
    _ = try await fleet.bootstrap.run()
    #expect(try await apply().isComplete)
    try await expectInOrder()
  }
}
