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
    ("default_transaction_read_only", "on"), ("exit_on_error", "on"),
    ("scram_iterations", "1024"), ("statement_timeout", "'900ms'"), ("idle_session_timeout", "'900ms'"),
    ("idle_in_transaction_session_timeout", "'1ms'"),
  ])
  func `a server setting that weakens rights is named`(_ name: String, _ value: String) async throws {
    try await fleet.asSuperuser("ALTER SYSTEM SET \(name) = \(value)", "SELECT pg_reload_conf()")
    try await eventually("the setting is named") {
      try await fleet.deviationsInNewSession().map(\.object).contains(name)
    }
    if name.hasSuffix("_timeout") {
      // Such a limit does not end the tool's own sessions.
      let violations = try await fleet.proof().violations.map(\.description)
      #expect(violations.filter { !$0.contains(name) } == [])
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
    for rule in [
      "local all all peer", "local all postgres peer map=others", "host all stranger 10.0.0.0/8 ident",
      "hostssl app_db stranger 10.0.0.0/8 cert",
      "host all stranger 10.0.0.0/8 radius radiusservers=127.0.0.1 radiussecrets=hush",
    ] {
      try await fleet.admit(rule)
      try await eventually("the rule '\(rule)' is named") {
        try await fleet.deviations().map(\.privilege) == ["AUTHENTICATION RULE"]
      }
      #expect(try await !fleet.deviations().contains { $0.message.contains("hush") })
    }
    // The account of the system that owns the server's files needs no password for them either.
    for rule in [
      "local all postgres peer", "host all all 10.0.0.0/8 md5", "host all all 10.0.0.0/8 password",
      "host all all 10.0.0.0/8 reject", "host other all 10.0.0.0/8 trust",
    ] {
      try await fleet.admit(rule)
      try await eventually("the rule '\(rule)' is not named") { try await fleet.deviations().isEmpty }
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
