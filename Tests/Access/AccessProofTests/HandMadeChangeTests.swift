import AccessPlanning
import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

/// Many changes by hand of what roles may do and are, on one server, each rolled back.
@Suite(.serialized, .ownServersBesideOthers) struct HandMadeChangeTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test func `a database that nothing changed by hand has no deviation`() async throws {
    let answer = try await fleet.answer(to: [])
    #expect(answer.found.filter { !$0.isNote }.map(\.message) == [])
    // What the other application has is seen: six roles, their memberships, a database, a schema and two extensions.
    #expect(answer.others.before.count > 60, "\(answer.others.before.count)")
  }

  @Test(arguments: HandMadeChange.ofRights)
  func `a change by hand is named, and mended where it is ours`(_ change: HandMadeChange) async throws {
    try await change.expectNamedAndMended(in: fleet)
  }

  @Test(arguments: ["postgres", #""migrate-admin""#, #""connector-rw""#])
  func `a schema that another role owns is given back, and a second bootstrap does nothing`(
    _ owner: String
  ) async throws {
    try await fleet.asSuperuser("ALTER SCHEMA public OWNER TO \(owner)")
    #expect(try await fleet.deviations().contains { $0.object == "public" && $0.privilege == "OWNER" })
    // The administrator has no USAGE there, so that only the superuser can begin.
    _ = try await fleet.bootstrap.run()
    _ = try await fleet.access.apply()
    #expect(try await fleet.bootstrap.run().map(\.text) == [])
    #expect(try await fleet.access.apply().flatMap(\.value.done).map(\.text) == [])
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test(arguments: [
    ("lo_compat_privileges", "on"), ("array_nulls", "off"), ("quote_all_identifiers", "on"),
  ])
  func `a server setting that weakens rights is named`(_ name: String, _ value: String) async throws {
    try await fleet.asSuperuser("ALTER SYSTEM SET \(name) = \(value)", "SELECT pg_reload_conf()")
    try await eventually("the setting is named") {
      try await fleet.deviationsInNewSession().map(\.object).contains(name)
    }
    try await fleet.asSuperuser("ALTER SYSTEM RESET \(name)", "SELECT pg_reload_conf()")
    try await eventually("the setting is safe") { try await fleet.deviationsInNewSession().isEmpty }
  }

  @Test func `a rule that admits without a password is named where the administrator may read the rules`()
    async throws
  {
    try await fleet.asSuperuser(
      #"GRANT SELECT ON pg_hba_file_rules TO "migrate-admin""#,
      #"GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO "migrate-admin""#)
    #expect(try await fleet.deviations().map(\.message) == [])
    try await fleet.admitEveryone(by: "trust")
    try await eventually("the rule is named") {
      try await fleet.deviations().contains { $0.privilege == "AUTHENTICATION RULE" }
    }
    // Since PostgreSQL 16, a database may be an expression.
    try await fleet.admitEveryone(to: "/^app", by: "trust")
    try await eventually("the rule with an expression is named") {
      try await fleet.deviations().contains {
        $0.privilege == "AUTHENTICATION RULE" && $0.message.contains("/^app")
      }
    }
    try await fleet.admitEveryone(by: "scram-sha-256")
    try await eventually("no rule is named") { try await fleet.deviations().isEmpty }
    try await fleet.asSuperuser(
      #"REVOKE SELECT ON pg_hba_file_rules FROM "migrate-admin""#,
      #"REVOKE EXECUTE ON FUNCTION pg_hba_file_rules() FROM "migrate-admin""#)
  }

  @Test func `a replication slot of the database is named`() async throws {
    try await fleet.asSuperuser("ALTER SYSTEM SET wal_level = logical")
    try await fleet.restartDatabase()
    try await fleet.asSuperuser("SELECT pg_create_logical_replication_slot('copy', 'pgoutput')")
    let found = try await fleet.deviations()
    #expect(found.map(\.privilege) == ["REPLICATION SLOT"])
    #expect(found.map(\.object) == ["copy"])
    try await fleet.asSuperuser("SELECT pg_drop_replication_slot('copy')", "ALTER SYSTEM RESET wal_level")
    try await fleet.restartDatabase()
    #expect(try await fleet.deviations().map(\.message) == [])
  }
}
