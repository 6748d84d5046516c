import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import PostgresAdministration
import RedisAdministration
import Testing

@Suite struct RenderedRightsTests {
  private let manifest: AccessManifest

  init() throws {
    manifest = try FleetManifest.load()
  }

  @Test func `the SQL has every account, every policy, and no password`() {
    let sql = PostgresRights(manifest).sql(database: "app_db")
    for account in ["backend-api-rw", "connector-rw", "twitch-trigger", "analytics-ro"] {
      #expect(sql.contains("CREATE ROLE \"\(account)\""))
    }
    #expect(sql.contains(#"REVOKE CONNECT ON DATABASE "app_db" FROM PUBLIC"#))
    #expect(sql.contains(#"REVOKE TEMPORARY ON DATABASE "app_db" FROM PUBLIC"#))
    #expect(sql.contains(#"REVOKE USAGE ON SCHEMA "public" FROM PUBLIC"#))
    #expect(sql.contains("REVOKE EXECUTE ON ROUTINES FROM PUBLIC"))
    #expect(sql.contains(#"CREATE POLICY "migrate-admin all" ON "public"."events""#))
    #expect(sql.contains(#"GRANT SELECT ("id") ON TABLE "public"."users" TO "analytics-ro";"#))
    #expect(!sql.contains("SCRAM-SHA-256$"))
    #expect(!sql.contains("GRANT OPTION"))
  }

  @Test func `all grants are in one transaction`() {
    let lines = PostgresRights(manifest).sql(database: "app_db").split(separator: "\n")
    #expect(lines[1] == "BEGIN;")
    #expect(lines.last == "COMMIT;")
  }

  @Test func `the ACL file disables the default user and is invalid without digests`() {
    let lines = RedisAccessControlList(manifest).text(passwordDigests: ["connector-cache": "abc"]).split(
      separator: "\n")
    #expect(lines.first == "user default off")
    #expect(lines.contains { $0.hasPrefix("user connector-cache on #abc resetchannels ~connector:* -@all") })
    #expect(
      lines.contains {
        $0.hasPrefix("user analytics-cache on #<SHA-256-of-the-credential-of-analytics-cache>")
      })
    #expect(lines.contains { $0.contains(" %R~analytics:* ") && !$0.contains("+@write") })
    #expect(lines.allSatisfy { !$0.contains("nopass") && !$0.contains("+@all") })
  }

  @Test func `each service's environment names its accounts and their credential files`() {
    let text = manifest.environment(credentialsDirectory: "/run/secrets")
    #expect(
      text.hasPrefix(
        """
        # backend-api
        DB_USER=backend-api-rw
        DB_PASS_FILE=/run/secrets/backend-api-rw
        CACHE_USER=backend-api-cache
        CACHE_PASS_FILE=/run/secrets/backend-api-cache

        """))
    #expect(text.contains("# analytics-rollup\nDB_USER=analytics-rollup-rw\n"))
    #expect(!text.contains("DB_PASS=") && !text.contains("CACHE_PASS="))
  }
}
