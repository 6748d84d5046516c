import AccessLint
import AccessManifest
import AccessPlanning
import DataAccess
import TestSupport
import Testing

@testable import PostgresAdministration

/// The lint of the fleet's manifest with the facts of the fleet's own database.
@Suite(.serialized, .ownServers) struct ManifestLintTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test func `the fleet's own database adds no finding`() async throws {
    let facts = try #require(
      try await PostgresAdministration().lintFacts(in: fleet.administrator, schemas: ["public"]))
    #expect(facts.tables["platform_integrations"]?.indexed == ["id", "platform"])
    #expect((facts.connections ?? 0) > 0)
    #expect(AccessLint(fleet.manifest, live: facts).report().findings == [])
  }

  @Test func `each live rule finds what a person did to the database by hand`() async throws {
    let facts = try await facts(after: [
      "CREATE FUNCTION public.loose() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
      """
      CREATE FUNCTION public.fixed() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS 'SELECT 1'
      """,
      "CREATE FUNCTION public.half() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1'",
      #"GRANT SELECT ON users TO "analytics-ro""#,
      #"CREATE POLICY idle ON events FOR DELETE TO "connector-rw" USING (true)"#,
      "ALTER TABLE platform_integrations DROP CONSTRAINT platform_integrations_platform_external_id_key",
      "UPDATE pg_class SET reltuples = 200000 WHERE relname = 'platform_integrations'",
    ])
    let report = AccessLint(fleet.manifest, live: facts).report()
    let found = report.findings.map { "\($0.rule.rawValue) \($0.account ?? "") \($0.object ?? "")" }
    #expect(
      Set(found) == [
        "definer-without-search-path  public.loose()", "definer-without-search-path  public.half()",
        "hidden-column-grant analytics-ro users",
        "policy-without-grant connector-rw events", "unindexed-policy twitch-trigger platform_integrations",
        "unindexed-policy discord-trigger platform_integrations",
      ])
  }

  /// The facts after these statements, which are rolled back.
  private func facts(after statements: [String]) async throws -> LiveAccessFacts {
    try await fleet.superuser.session("roll back") { (session) throws(DatabaseError) -> LiveAccessFacts in
      try await session.change("BEGIN", label: "BEGIN")
      let result: Result<LiveAccessFacts, DatabaseError>
      do throws(DatabaseError) {
        for sql in statements { try await session.change(sql, label: sql) }
        result = .success(try await PostgresLintFacts(session, schemas: ["public"]).read())
      } catch {
        result = .failure(error)
      }
      try await session.change("ROLLBACK", label: "ROLLBACK")
      return try result.get()
    }
  }
}
