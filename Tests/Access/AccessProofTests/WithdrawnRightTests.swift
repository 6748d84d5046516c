import DatabaseTestSupport
import TestSupport
import Testing

/// A server on which PUBLIC may not read PostgreSQL's catalog, as some hardening guides advise.
@Suite(.serialized, .ownServers) struct WithdrawnRightTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  /// Everything that PUBLIC reads of the catalog.
  private static func each(_ statement: String) -> String {
    """
    DO $$ DECLARE name text; BEGIN
      FOR name IN SELECT i.objoid::regclass::text FROM pg_init_privs i, aclexplode(i.initprivs) a
        WHERE i.classoid = 'pg_class'::regclass AND i.objsubid = 0 AND a.grantee = 0 AND a.privilege_type = 'SELECT'
          AND (SELECT relnamespace FROM pg_class WHERE oid = i.objoid) = 'pg_catalog'::regnamespace
      LOOP EXECUTE format('\(statement)', name); END LOOP;
    END $$
    """
  }

  @Test func `bootstrap lets the administrator read what PUBLIC may no longer read, until it may again`()
    async throws
  {
    try await fleet.asSuperuser(Self.each("REVOKE SELECT ON %s FROM PUBLIC"))
    let refusal = await #expect(throws: (any Error).self) { try await fleet.deviations() }
    #expect(refusal.map { "\($0)" }?.contains("run `bulkhead bootstrap` as the superuser") == true)

    let steps = try await fleet.bootstrap.run().map(\.text)
    #expect(steps.contains(#"GRANT SELECT ON pg_catalog."pg_roles" TO "migrate-admin""#), "\(steps)")
    #expect(try await fleet.bootstrap.run() == [])
    let named = try await fleet.deviations()
    #expect(named.contains { $0.object == "pg_catalog.pg_roles" && $0.privilege == "SELECT" })
    #expect(
      named.allSatisfy { $0.account == "PUBLIC" && $0.privilege == "SELECT" }, "\(named.map(\.message))")
    try await fleet.asSuperuser(#"GRANT SELECT (email) ON users TO "analytics-ro""#)
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations() == named)

    try await fleet.asSuperuser(Self.each("GRANT SELECT ON %s TO PUBLIC"))
    #expect(try await fleet.deviations().allSatisfy { $0.account == "migrate-admin" })
    _ = try await fleet.bootstrap.run()
    #expect(try await fleet.deviations() == [])
  }
}
