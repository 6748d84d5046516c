import AccessManifest
import AccessPlanning
import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

/// Views and functions that an account made must never run with the rights of the administrator.
@Suite(.serialized, .ownServers) struct AccountsCodeTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  private static let code = [
    "CREATE VIEW leak_view AS SELECT id, password FROM public.users",
    "CREATE MATERIALIZED VIEW leak_copy AS SELECT 1 AS one",
    "CREATE FUNCTION leak(q text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE q; END'",
    "CREATE TABLE leak_table (id int)",
  ]

  private static let grants = [
    "GRANT SELECT ON leak_view TO PUBLIC", "GRANT EXECUTE ON FUNCTION leak(text) TO PUBLIC",
    #"GRANT ALL ON leak_table TO "twitch-trigger""#,
  ]

  /// The manifest with one more account, which reads the rollups.
  private static func manifest(withReader account: String) throws -> AccessManifest {
    let block = """
        reporter:
          part_of: analytics
          database:
            account: \(account)
            level: read-only
            limits: { connections: 3, statement: 5s, idle_in_transaction: 10s }
            grants: { rollups: [select] }

      """
    return try AccessManifest.parse(try FleetManifest.text() + block, file: "access.yaml")
  }

  private func make(by account: String) async throws {
    for sql in Self.code { try await fleet.asSuperuser(sql) }
    for target in [
      "VIEW leak_view", "MATERIALIZED VIEW leak_copy", "FUNCTION leak(text)", "TABLE leak_table",
    ] {
      try await fleet.asSuperuser("ALTER \(target) OWNER TO \"\(account)\"")
    }
    for sql in Self.grants { try await fleet.asSuperuser(sql) }
  }

  private func rows(_ sql: String) async throws -> [String] {
    let result = try await fleet.superuser.unsafeQuery(unsafeSQL: sql)
    return try (0..<result.rowCount).map { try result.text($0, 0) }
  }

  private static let owners = """
    SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relname LIKE 'leak%'
    UNION ALL SELECT pg_get_userbyid(proowner)::text FROM pg_proc WHERE proname = 'leak'
    """

  @Test func `what an account made with code stays its own, is named, and is granted to no one`() async throws
  {
    try await make(by: "connector-rw")
    _ = try await fleet.bootstrap.run()
    let outcome = try #require(try await fleet.access.apply().first?.value)
    #expect(Set(try await rows(Self.owners)) == ["connector-rw"])
    for object in ["leak_view", "leak_copy", "leak(q text)", "leak_table"] {
      #expect(outcome.unmended.contains { $0.object == object && $0.privilege == "OWNER" }, "\(object)")
    }
    for account in ["connector-rw", "twitch-trigger"] {
      let service = try fleet.database(as: account)
      for sql in [
        "SELECT password FROM leak_view", #"SELECT leak('GRANT SELECT ON public.users TO "connector-rw"')"#,
      ] {
        let error = await #expect(throws: DatabaseError.self) {
          try await service.unsafeQuery(unsafeSQL: sql)
        }
        #expect(error?.isPermissionDenied == true, "\(account): \(sql)")
      }
      await service.close()
    }
    for sql in [
      "DROP VIEW leak_view", "DROP MATERIALIZED VIEW leak_copy", "DROP FUNCTION leak(text)",
      "DROP TABLE leak_table",
    ] { try await fleet.asSuperuser(sql) }
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `the code of a retired account is dropped with it, and its tables pass on without a grant`()
    async throws
  {
    let added = try Self.manifest(withReader: "reporter-ro")
    _ = try fleet.credentials.createMissing(for: added.credentialNames)
    _ = try await fleet.access(added).apply()
    try await make(by: "reporter-ro")
    let plan = try await fleet.access(dropsRetired: true).plan().flatMap(\.value.steps)
    #expect(plan.contains { $0.text.contains("DROP VIEW \"public\".\"leak_view\"") }, "\(plan.map(\.text))")
    _ = try await fleet.access(dropsRetired: true).apply()
    _ = try await fleet.access(dropsRetired: true).apply()
    #expect(try await rows(Self.owners) == ["migrate-admin"])
    #expect(try await rows("SELECT relname::text FROM pg_class WHERE relname LIKE 'leak%'") == ["leak_table"])
    #expect(
      try await rows("SELECT has_table_privilege('twitch-trigger', 'leak_table', 'SELECT')::text") == [
        "false"
      ]
    )
    #expect(try await rows("SELECT rolname::text FROM pg_roles WHERE rolname = 'reporter-ro'") == [])
    try await fleet.asSuperuser("DROP TABLE leak_table")
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `a note on a role that another role made opens nothing`() async throws {
    try await fleet.asSuperuser("CREATE ROLE hirer LOGIN CREATEROLE PASSWORD 'x'")
    try await fleet.superuser.inOneSession([
      "SET ROLE hirer", "CREATE ROLE evil LOGIN VALID UNTIL '2030-01-01' CONNECTION LIMIT 3",
      "COMMENT ON ROLE evil IS 'bulkhead access open | grants users:select | INC-1 on call'",
      #"GRANT evil TO "migrate-admin" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"#, "RESET ROLE",
    ])
    _ = try await fleet.access.apply()
    #expect(
      try await rows("SELECT has_table_privilege('evil', 'users', 'SELECT')::text") == ["false"])
    let found = try await fleet.access.verify().flatMap(\.value)
    #expect(!found.contains { $0.message.contains("evil is open") })
    try await fleet.asSuperuser("DROP OWNED BY evil", "DROP ROLE evil", "DROP ROLE hirer")
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test
  func `an account named like a privileged role of others is named, and bootstrap takes nothing from it`()
    async throws
  {
    try await fleet.asSuperuser("CREATE ROLE \"dba-rw\" LOGIN SUPERUSER PASSWORD 'x'")
    let manifest = try Self.manifest(withReader: "dba-rw")
    _ = try fleet.credentials.createMissing(for: manifest.credentialNames)
    _ = try await fleet.bootstrap(manifest).run()
    let outcome = try #require(try await fleet.access(manifest).apply().first?.value)
    #expect(outcome.unmended.contains { $0.account == "dba-rw" && $0.privilege == "SUPERUSER" })
    #expect(
      try await rows(
        "SELECT concat(rolsuper, rolconnlimit, (SELECT count(*) FROM pg_auth_members WHERE roleid = r.oid)) "
          + "FROM pg_roles r WHERE rolname = 'dba-rw'") == ["t-10"])
    try await fleet.asSuperuser("DROP ROLE \"dba-rw\"")
    try fleet.credentials.remove("dba-rw")
  }

  /// Rights whose use would have an effect, so that no cell of the proof uses them.
  @Test func `each right that verify calls an excess is a violation of the proof`() async throws {
    let account = #""connector-rw""#
    let grants = [
      "ALTER SYSTEM ON PARAMETER archive_command", "SET ON PARAMETER log_min_messages",
      "EXECUTE ON FUNCTION pg_switch_wal()", "EXECUTE ON FUNCTION pg_promote(boolean, integer)",
      "EXECUTE ON FUNCTION pg_reload_conf()", "CREATE ON TABLESPACE pg_default", "USAGE ON LANGUAGE plpgsql",
      "SELECT (password) ON users", "REFERENCES ON users",
    ]
    try await fleet.asSuperuser(
      ["ALTER ROLE \(account) CREATEDB"] + grants.map { "GRANT \($0) TO \(account)" } + [
        "GRANT SELECT ON events TO \(account) WITH GRANT OPTION", "SELECT lo_create(4711)",
        "SELECT lo_create(4712)",
        "GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC", "GRANT UPDATE ON LARGE OBJECT 4712 TO \(account)",
      ])
    let excess = try await fleet.deviations().filter { $0.kind == .excess }
    #expect(excess.count >= grants.count + 4, "\(excess.map(\.message))")
    let violations = try await fleet.proof().violations
    for right in excess {
      let verbs = [right.privilege.lowercased(), "hold \(right.privilege)"]
      #expect(
        violations.contains {
          $0.account == right.account && $0.object == right.object && verbs.contains($0.verb)
        }, "\(right.message)")
    }
    // A right that a cell shows is no second violation.
    #expect(violations.count { $0.account == "connector-rw" && $0.column == "password" } == 1)
    try await fleet.asSuperuser("SELECT lo_unlink(4711)", "SELECT lo_unlink(4712)")
    _ = try await fleet.bootstrap.run()
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `a rule on a table fails the proof's rows there alone, and is named`() async throws {
    try await fleet.asSuperuser(
      "CREATE RULE r AS ON INSERT TO events DO ALSO INSERT INTO audit_log (source) VALUES ('x')")
    let report = try await fleet.proof()
    let found = report.violations.map { "\($0.object): \($0.verb)" }
    #expect(
      found.contains("events: insert the proof's rows") && found.contains("events: hold RULE r"), "\(found)")
    #expect(report.results.contains { $0.cell.row != nil && $0.cell.object == "platform_integrations" })
    #expect(!report.results.contains { $0.cell.row != nil && $0.cell.object == "events" })
    try await fleet.asSuperuser("DROP RULE r ON events")
    #expect(try await fleet.proof().violations.map(\.description) == [])
  }

  @Test func `the proof reports cells where the administrator lost the schema`() async throws {
    try await fleet.asSuperuser(#"ALTER SCHEMA public OWNER TO "connector-rw""#)
    let violations = try await fleet.proof().violations
    #expect(violations.contains { $0.verb == "insert the proof's rows" }, "\(violations.map(\.description))")
    #expect(violations.contains { $0.account == "connector-rw" && $0.verb == "create table" })
    _ = try await fleet.bootstrap.run()
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `bootstrap refuses a database of others, and takes an empty one`() async throws {
    try await fleet.asSuperuser("CREATE ROLE teamx", "CREATE DATABASE theirs OWNER teamx")
    try await fleet.asSuperuser(inDatabase: "theirs", "CREATE TABLE orders (id int)")
    let failure = await #expect(throws: AccessError.self) {
      try await fleet.bootstrap(of: "theirs").run()
    }
    #expect(failure?.description.contains("belongs to teamx and has 1 table") == true)
    #expect(
      try await rows("SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'theirs'")
        == ["teamx"])
    try await fleet.asSuperuser(inDatabase: "theirs", "DROP TABLE orders")
    #expect(try await !fleet.bootstrap(of: "theirs").run().isEmpty)
    try await fleet.asSuperuser("DROP DATABASE theirs", "DROP ROLE teamx")
  }

  @Test(
    arguments: [
      "CREATE TABLE public.schema_migrations (version varchar PRIMARY KEY)",
      "CREATE TABLE public.schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)",
      "CREATE SCHEMA other; CREATE TABLE other.schema_migrations "
        + "(version int, name varchar, checksum char(64), applied_at timestamptz)",
      "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ], ["postgres", "teamy"])
  func `bootstrap refuses a database with the objects of another application, also one of a superuser`(
    _ record: String, _ owner: String
  ) async throws {
    try await fleet.asSuperuser("CREATE ROLE teamy", "CREATE ROLE shopper", "CREATE DATABASE shop")
    let role = owner == "postgres" ? fleet.postgres.superuser.name : owner
    try await fleet.asSuperuser("ALTER DATABASE shop OWNER TO \"\(role)\"")
    for sql in record.split(separator: "; ") { try await fleet.asSuperuser(inDatabase: "shop", String(sql)) }
    try await fleet.asSuperuser(
      inDatabase: "shop", "CREATE TABLE orders (id int)", "GRANT SELECT ON orders TO shopper")
    let failure = await #expect(throws: AccessError.self) { try await fleet.bootstrap(of: "shop").run() }
    #expect(failure?.description.contains("that no migration of ours made") == true, "\(failure as Any)")
    #expect(
      try await rows("SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'shop'") == [role]
    )
    // It fails where the right is gone.
    try await fleet.asSuperuser(
      inDatabase: "shop", "SELECT 1 / has_table_privilege('shopper', 'orders', 'SELECT')::int")
    try await fleet.asSuperuser("DROP DATABASE shop", "DROP ROLE shopper", "DROP ROLE teamy")
  }

  @Test(arguments: ["postgres", "template1"])
  func `bootstrap refuses a database that every server has`(_ name: String) async throws {
    let failure = await #expect(throws: AccessError.self) { try await fleet.bootstrap(of: name).run() }
    #expect(failure?.description.contains("\(name) belongs to the server: set DB_NAME") == true)
  }

  @Test func `bootstrap gives a restored database of ours to the administrator`() async throws {
    try await fleet.asSuperuser("CREATE DATABASE restored")
    try await fleet.asSuperuser(
      inDatabase: "restored",
      "CREATE TABLE schema_migrations (id bigint, version integer, name varchar(255), checksum char(64), "
        + "applied_at timestamptz)", "CREATE TABLE kept (id bigint)")
    #expect(
      try await fleet.bootstrap(of: "restored").run().contains { $0.text.contains("\"restored\" OWNER TO") })
    try await fleet.asSuperuser("DROP DATABASE restored")
  }

  @Test func `what an account makes in a database that is open to everyone is a note`() async throws {
    let service = "twitch-trigger"
    try await fleet.asSuperuser(
      inDatabase: "postgres", "SELECT lo_create(77)", #"ALTER LARGE OBJECT 77 OWNER TO "twitch-trigger""#,
      #"GRANT SELECT ON LARGE OBJECT 77 TO "analytics-ro""#,
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "connector-rw" GRANT SELECT ON TABLES TO "twitch-trigger""#)
    #expect(try await fleet.deviations().map(\.message) == [])
    let notes = try await fleet.notes().filter { $0.privilege == "ELSEWHERE" }
    #expect(Set(notes.map(\.account)) == [service, "analytics-ro"])
    #expect(try await fleet.access.apply().allSatisfy { $0.value.isComplete })
    try await fleet.asSuperuser(
      inDatabase: "postgres", "SELECT lo_unlink(77)",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "connector-rw" REVOKE SELECT ON TABLES FROM "twitch-trigger""#)
  }
}

extension Database {
  /// Executes statements on one connection.
  func inOneSession(_ statements: [String]) async throws {
    try await session("in order") { (session) throws(DatabaseError) in
      for sql in statements { _ = try await session.unsafeQuery(unsafeSQL: sql) }
    }
  }
}
