import AccessManifest
import Cache
import DataAccess
import DatabaseTestSupport
import Foundation
import Runtime
import TestSupport

@testable import PostgresAdministration

/// Another application on the fleet's servers: a database and roles of its own, a schema and extensions in the fleet's
/// database, a backup, a monitor, and users of the cache.
struct SecondApplication {
  let fleet: ServerFleet

  static let roles = ["shop-owner", "shop-app", "backup", "monitor", "team-b-owner", "team-b-app"]

  /// What a manifest says of it.
  static let listed = AccessScope(
    mode: .strict, roles: ["shop-*", "backup", "monitor", "team-b-*"].map { NamePattern($0) },
    schemas: [NamePattern("team_b")], cacheUsers: ["replica", "sentinel-*", "shop"].map { NamePattern($0) })

  /// Executed in the maintenance database, before the fleet's bootstrap.
  private static let onServer = [
    #"CREATE ROLE "shop-owner" LOGIN CREATEDB"#, #"CREATE ROLE "shop-app" LOGIN CONNECTION LIMIT 7"#,
    "CREATE ROLE backup LOGIN REPLICATION", "GRANT pg_read_all_data TO backup",
    "CREATE ROLE monitor LOGIN", "GRANT pg_monitor, pg_signal_backend TO monitor",
    #"CREATE ROLE "team-b-owner" LOGIN"#, #"CREATE ROLE "team-b-app" LOGIN"#,
    #"GRANT "team-b-owner" TO "team-b-app""#, #"ALTER ROLE "shop-app" SET statement_timeout = '3s'"#,
    "ALTER ROLE monitor BYPASSRLS", "CREATE DATABASE shop", "CREATE DATABASE app_db TEMPLATE template0",
    #"ALTER DATABASE shop OWNER TO "shop-owner""#, "ALTER DATABASE shop SET timezone = 'Europe/Berlin'",
    #"REVOKE CONNECT ON DATABASE shop FROM PUBLIC"#, #"GRANT CONNECT ON DATABASE shop TO "shop-app", backup"#,
    "GRANT SET ON PARAMETER log_statement TO monitor",
  ]

  /// Executed in the application's own database.
  private static let inShop = [
    "CREATE TABLE orders (id bigint PRIMARY KEY, buyer text)", #"ALTER TABLE orders OWNER TO "shop-owner""#,
    #"GRANT SELECT, INSERT ON orders TO "shop-app""#, "GRANT SELECT (id) ON orders TO PUBLIC",
    "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
    #"CREATE POLICY own ON orders TO "shop-app" USING (buyer = current_user)"#, "CREATE EXTENSION pgcrypto",
    #"ALTER DEFAULT PRIVILEGES FOR ROLE "shop-owner" GRANT SELECT ON TABLES TO "shop-app""#,
  ]

  /// Executed in the fleet's database.
  private static let beside = [
    "CREATE EXTENSION pgcrypto", "CREATE EXTENSION citext", "CREATE SCHEMA team_b",
    #"ALTER SCHEMA team_b OWNER TO "team-b-owner""#, #"GRANT USAGE ON SCHEMA team_b TO "team-b-app""#,
    "CREATE TABLE team_b.notes (id bigint PRIMARY KEY, body public.citext)",
    #"ALTER TABLE team_b.notes OWNER TO "team-b-owner""#,
    #"GRANT SELECT ON team_b.notes TO "team-b-app", PUBLIC"#,
    "ALTER TABLE team_b.notes ENABLE ROW LEVEL SECURITY",
    #"CREATE POLICY everything ON team_b.notes TO "team-b-app" USING (true)"#,
    "CREATE FUNCTION team_b.count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM team_b.notes'",
    "CREATE VIEW team_b.listing AS SELECT id FROM team_b.notes", "GRANT SELECT ON team_b.listing TO PUBLIC",
    #"ALTER DEFAULT PRIVILEGES FOR ROLE "team-b-owner" IN SCHEMA team_b GRANT SELECT ON TABLES TO "team-b-app""#,
    #"GRANT CONNECT ON DATABASE app_db TO backup, "team-b-owner", "team-b-app""#,
    "GRANT EXECUTE ON FUNCTION pg_ls_waldir() TO monitor",
  ]

  private static let cacheUsers = [
    "ACL SETUSER replica on >of-others +psync +replconf +ping",
    "ACL SETUSER sentinel-1 on >of-others allchannels +multi +exec +subscribe +config|rewrite +role +publish +info",
    "ACL SETUSER shop on >of-others ~shop:* +@all",
  ]

  /// Creates everything. `settings` are statements in the fleet's database that only the server's owner would make.
  func create(_ settings: [String] = []) async throws {
    for sql in Self.onServer { try await fleet.asSuperuser(inDatabase: "postgres", sql) }
    for sql in Self.inShop { try await fleet.asSuperuser(inDatabase: "shop", sql) }
    for sql in Self.beside + settings { try await fleet.asSuperuser(inDatabase: "app_db", sql) }
    for command in Self.cacheUsers { try await fleet.asCacheAdministrator(command) }
  }

  /// The application's part of the servers as text: dumps of its database, of its schema with the extensions'
  /// functions, of its roles, and its users of the cache.
  func dump() async throws -> [String] {
    var found = try await lines(of: "pg_dumpall", ["--roles-only", "--database", "postgres"])
      .filter { line in Self.roles.contains { line.contains($0) } }
    found += try await lines(of: "pg_dump", ["--create", "shop"])
    found += try await lines(of: "pg_dump", ["--schema", "team_b", "app_db"])
    found += try await fleet.superuser.unsafeQuery(unsafeSQL: Self.functionRights).texts()
    let users = try await fleet.cacheAdministrator.command(["ACL", "LIST"]).elements ?? []
    found += users.compactMap(\.text).filter(Self.isOfOthers)
    return found
  }

  /// What of it a session of the fleet's database can change, as the catalog of an open transaction has it: its roles with
  /// their memberships and settings, its database, and its schema and extensions in the fleet's database.
  static func catalog(in runner: any StatementRunner) async throws(DatabaseError) -> [String] {
    let names = roles.map { "'\($0)'" }.joined(separator: ", ")
    let roles = "SELECT oid FROM pg_authid WHERE rolname IN (\(names))"
    return try await runner.unsafeQuery(
      unsafeSQL: ownCatalog.replacing("{roles}", with: roles), label: "read the other application"
    ).texts()
  }

  private static let ownCatalog = """
    SELECT 'role ' || r::text FROM pg_authid r WHERE r.oid = ANY ({roles})
    UNION ALL SELECT 'member ' || m::text FROM pg_auth_members m WHERE m.member = ANY ({roles})
    UNION ALL SELECT 'setting ' || s::text FROM pg_db_role_setting s
    WHERE s.setrole = ANY ({roles}) OR s.setdatabase = (SELECT oid FROM pg_database WHERE datname = 'shop')
    UNION ALL SELECT 'parameter ' || p.parname || ' ' || a::text FROM pg_parameter_acl p, aclexplode(p.paracl) a
    WHERE a.grantee = ANY ({roles})
    UNION ALL SELECT concat_ws(' ', 'database', d.datname, d.datdba, d.datacl, d.datistemplate, d.datallowconn, d.datconnlimit)
    FROM pg_database d WHERE d.datname = 'shop'
    UNION ALL SELECT concat_ws(' ', 'connect', a.grantee, a.privilege_type, a.is_grantable)
    FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = current_database() AND a.grantee = ANY ({roles})
    UNION ALL SELECT 'schema ' || n::text FROM pg_namespace n WHERE n.nspname = 'team_b'
    UNION ALL SELECT concat_ws(' ', 'relation', c.relname, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity)
    FROM pg_class c WHERE c.relnamespace = 'team_b'::regnamespace
    UNION ALL SELECT 'policy ' || p::text FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    WHERE c.relnamespace = 'team_b'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'routine', p.oid::regprocedure, p.proowner, p.prosecdef, p.proacl) FROM pg_proc p
    WHERE p.pronamespace = 'team_b'::regnamespace OR EXISTS (
      SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND e.extname IN ('pgcrypto', 'citext'))
    UNION ALL SELECT 'default ' || a::text FROM pg_default_acl a WHERE a.defaclrole = ANY ({roles})
    ORDER BY 1
    """

  private static func isOfOthers(_ line: String) -> Bool {
    ["replica", "sentinel-1", "shop"].contains { line.hasPrefix("user \($0) ") }
  }

  /// The rights of the extensions' functions, and the database's own list of the roles that are not the fleet's.
  private static let functionRights = """
    SELECT p.oid::regprocedure || ' ' || coalesce(p.proacl::text, '') FROM pg_proc p
    JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    UNION ALL
    SELECT a.grantee::regrole || ' ' || a.privilege_type FROM pg_database b, aclexplode(b.datacl) a
    WHERE b.datname = 'app_db' AND a.grantee::regrole::text = ANY (ARRAY['backup', '"team-b-owner"', '"team-b-app"'])
    UNION ALL
    SELECT 'pg_ls_waldir ' || (SELECT count(*) FROM aclexplode(p.proacl) a WHERE a.grantee = 'monitor'::regrole)
    FROM pg_proc p WHERE p.proname = 'pg_ls_waldir'
    ORDER BY 1
    """

  /// Runs a client of the server's release as the superuser. Its comments name the time and the release.
  private func lines(of program: String, _ arguments: [String]) async throws -> [String] {
    let text = try await fleet.runAsSuperuser(program, arguments)
    return text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("--") && !$0.hasPrefix("\\") }
  }
}

extension ResultSet {
  fileprivate func texts() throws(DatabaseError) -> [String] {
    var found: [String] = []
    for row in 0..<rowCount { found.append(try text(row, 0)) }
    return found
  }
}
