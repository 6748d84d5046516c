import AccessPlanning
import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

@testable import PostgresAdministration

/// Many changes by hand on one server, each rolled back.
@Suite(.serialized, .ownServers) struct HandMadeChangeTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  /// What the comparison says after a change, and again after its plan.
  private struct Answer {
    let found: [Deviation]
    let left: [Deviation]
    let isPlanEmpty: Bool
  }

  @Test func `a database that nothing changed by hand has no deviation`() async throws {
    #expect(try await answer(to: []).found.filter { !$0.isNote }.map(\.message) == [])
  }

  @Test(arguments: HandMadeChange.all)
  func `a change by hand is named, and mended where it is ours`(_ change: HandMadeChange) async throws {
    let answer = try await answer(to: change.statements)
    let hits = answer.found.filter { change.names($0) }
    #expect(!hits.isEmpty, "\(answer.found)")
    #expect(hits.allSatisfy { $0.isNote == change.isNote })
    let left = answer.left.filter { change.names($0) }
    #expect(left.isEmpty == change.isMended, "\(left.map(\.message))")
    // The exit codes of `plan` and `verify`.
    #expect(answer.isPlanEmpty == answer.found.allSatisfy(\.isNote), "\(answer.found.map(\.message))")
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

  /// Makes the change, compares, executes the whole plan, compares again, and rolls everything back.
  private func answer(to statements: [String]) async throws -> Answer {
    let declared = PostgresState(declaredBy: fleet.manifest, database: ServerFleet.database)
    return try await fleet.superuser.session("roll back") { (session) throws(DatabaseError) -> Answer in
      try await session.change("BEGIN", label: "BEGIN")
      let result = await Self.result(of: statements, declared, in: session)
      try await session.change("ROLLBACK", label: "ROLLBACK")
      return try result.get()
    }
  }

  private static func result(
    of statements: [String], _ declared: PostgresState, in session: any StatementRunner
  ) async -> Result<Answer, DatabaseError> {
    do {
      for sql in statements { try await session.change(sql, label: sql) }
      let changed = try await PostgresCatalogReader(session).read()
      let plan = PostgresPlanner(declared: declared, actual: changed).plan
      for step in plan.steps {
        if case .statement(let sql) = step.action { try await session.change(sql, label: sql) }
      }
      let mended = try await PostgresCatalogReader(session).read()
      return .success(
        Answer(
          found: PostgresComparison(declared: declared, actual: changed).deviations,
          left: PostgresComparison(declared: declared, actual: mended).deviations,
          isPlanEmpty: plan.isEmpty))
    } catch {
      return .failure(error)
    }
  }
}

extension HandMadeChange {
  fileprivate func names(_ deviation: Deviation) -> Bool {
    deviation.account == account && deviation.object == object && deviation.privilege == privilege
      && deviation.column == column
  }
}
