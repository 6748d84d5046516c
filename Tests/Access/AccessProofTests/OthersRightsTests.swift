import AccessManifest
import AccessPlanning
import DataAccess
import DatabaseTestSupport
import Secrets
import TestSupport
import Testing

/// What the tool leaves to roles that are not the manifest's, in a database that others made.
@Suite struct OthersRightsTests {
  private static func manifest(_ grants: String) -> String {
    """
    version: 1
    schema: live
    scope: { mode: adopting }
    administrators:
      database: { account: shop_owner }
    services:
      web:
        database:
          account: web
          level: read-write
          limits: { connections: 5, statement: 5s, idle_in_transaction: 10s }
          grants:
            \(grants)

    """
  }

  private func count(_ sql: String, in shop: ShopDatabase) async throws -> String {
    try await shop.superuser.unsafeQuery(unsafeSQL: sql).text(0, 0)
  }

  private func bool(_ function: String, in shop: ShopDatabase) async throws -> Bool {
    try await count("SELECT (\(function))::text", in: shop) == "true"
  }

  @Test(.timeLimit(.minutes(8)))
  func `adopting takes from other roles neither rows, nor what an account handed on, nor rights elsewhere`()
    async throws
  {
    try await ShopDatabase.with { shop in
      for sql in [
        "CREATE TABLE tenants (id int PRIMARY KEY, tenant text)", "CREATE ROLE web LOGIN",
        "INSERT INTO tenants VALUES (1, 'a'), (2, 'b')", "CREATE ROLE elsewhere", "GRANT elsewhere TO web",
        "CREATE ROLE here", "GRANT here TO web", "GRANT SELECT ON customers TO here",
      ] { try await shop.asOwner(sql) }
      for sql in [
        "CREATE ROLE stranger LOGIN", "GRANT SELECT ON tenants TO stranger",
        "GRANT SELECT ON customers TO web WITH GRANT OPTION",
      ] { try await shop.asSuperuser(sql) }
      try await shop.superuser.inOneSession([
        "SET ROLE web", "GRANT SELECT ON customers TO stranger", "RESET ROLE",
      ])

      let manifest = try await shop.manifest(
        of: Self.manifest("tenants: { select: { rows: { tenant: a } } }"))
      let plan = try await shop.grants(manifest).plan()
      #expect(
        plan.steps.contains {
          $0.reason.hasSuffix("by which pg_read_all_data, pg_write_all_data, stranger keep every row")
        })
      #expect(plan.steps.contains { $0.reason == "stranger has it through web, and keeps it" })
      _ = try await shop.apply(manifest)

      #expect(
        try await count("SELECT polname::text FROM pg_policy WHERE polname = 'rows of others'", in: shop)
          != "")
      #expect(
        try await bool(
          "SELECT 'stranger'::regrole::oid = ANY (polroles) FROM pg_policy WHERE polname = 'rows of others'",
          in: shop))
      #expect(try await bool("SELECT has_table_privilege('stranger', 'customers', 'SELECT')", in: shop))
      #expect(try await bool("SELECT pg_has_role('web', 'elsewhere', 'USAGE')", in: shop))
      #expect(try await !bool("SELECT pg_has_role('web', 'here', 'USAGE')", in: shop))
      #expect(try await !bool("SELECT has_table_privilege('web', 'customers', 'SELECT')", in: shop))
      #expect(try await shop.deviations(manifest) == [])
      #expect(try await shop.grants(manifest).plan().isEmpty)
      #expect(try await shop.violations(manifest) == [])

      // A kind of right that no other doubt of an import names.
      try await shop.asSuperuser("GRANT SET ON PARAMETER log_statement TO web")
      #expect(
        try await shop.imported().contains(
          "# doubt: the first `plan`: web holds SET on parameter log_statement"))
      // A DBA's grant by which the tool administers an account is no deviation, with SET and INHERIT too.
      try await shop.asSuperuser("GRANT web TO shop_owner WITH ADMIN TRUE, INHERIT TRUE, SET TRUE")
      try await shop.asSuperuser("REVOKE SET ON PARAMETER log_statement FROM web")
      #expect(try await shop.grants(manifest).plan().isEmpty)

      // An account that owns most of the tables is no administrator of an import.
      try await shop.asSuperuser(
        "DO $$ BEGIN FOR i IN 1..99 LOOP EXECUTE format('CREATE TABLE mine_%s ()', i); "
          + "EXECUTE format('ALTER TABLE mine_%s OWNER TO web', i); END LOOP; END $$")
      #expect(try await shop.imported().contains("database: { account: shop_owner }"))
    }
  }

  private static let second = """
      second:
        database: { account: second, level: read-write, grants: { tenants: { select: { rows: { tenant: b } } } } }

    """

  private func rows(as role: String, in shop: ShopDatabase) async throws -> Int64 {
    try await shop.superuser.transaction { (transaction) throws(DatabaseError) in
      _ = try await transaction.unsafeQuery(unsafeSQL: "SET LOCAL ROLE \(role)")
      return try await transaction.unsafeQuery(unsafeSQL: "SELECT count(*) FROM tenants").integer(0, 0)
    }
  }

  private func makeTenants(in shop: ShopDatabase) async throws {
    for sql in [
      "CREATE TABLE tenants (id int PRIMARY KEY, tenant text)", "CREATE ROLE web LOGIN",
      "CREATE ROLE second LOGIN", "INSERT INTO tenants VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    ] { try await shop.asOwner(sql) }
  }

  @Test(.timeLimit(.minutes(8)))
  func `an owner, readers of all data, later readers and those who stay others keep every row`() async throws
  {
    try await ShopDatabase.with { shop in
      try await makeTenants(in: shop)
      for sql in [
        "CREATE ROLE maker", "GRANT maker TO shop_owner", "GRANT CREATE ON SCHEMA public TO maker",
        "ALTER TABLE tenants OWNER TO maker", "CREATE ROLE auditor", "GRANT pg_read_all_data TO auditor",
        "CREATE ROLE later", "GRANT SELECT ON tenants TO second",
      ] { try await shop.asSuperuser(sql) }
      let text = Self.manifest("tenants: { select: { rows: { tenant: a } } }")
      let first = try await shop.manifest(of: text)
      _ = try await shop.apply(first)
      for role in ["maker", "auditor", "second"] {
        #expect(try await rows(as: role, in: shop) == 3, "\(role)")
      }
      #expect(try await rows(as: "web", in: shop) == 1)
      // A backup as the owner asks for every row or none.
      _ = try await shop.superuser.transaction { (transaction) throws(DatabaseError) in
        for sql in ["SET LOCAL ROLE maker", "SET LOCAL row_security = off", "SELECT * FROM tenants"] {
          _ = try await transaction.unsafeQuery(unsafeSQL: sql)
        }
      }
      #expect(try await shop.deviations(first) == [])

      try await shop.asSuperuser("GRANT SELECT ON tenants TO later")
      #expect(try await shop.deviations(first).contains { $0.contains("the policy \"rows of others\"") })
      _ = try await shop.apply(first)
      #expect(try await rows(as: "later", in: shop) == 3)

      let both = try await shop.manifest(of: text + Self.second)
      _ = try await shop.apply(both)
      #expect(try await rows(as: "second", in: shop) == 1)
      for role in ["maker", "auditor", "later"] {
        #expect(try await rows(as: role, in: shop) == 3, "\(role)")
      }
      #expect(try await shop.deviations(both) == [])
      #expect(try await shop.grants(both).plan().isEmpty)
      #expect(try await shop.violations(both) == [])
    }
  }

  @Test(.timeLimit(.minutes(8)))
  func `an additive manifest leaves an account the rows that it has, and names them`() async throws {
    try await ShopDatabase.with { shop in
      try await makeTenants(in: shop)
      try await shop.asOwner("GRANT SELECT, DELETE ON tenants TO web")
      let manifest = try await shop.manifest(
        of: Self.manifest("tenants: { select: { rows: { tenant: a } } }").replacing(
          "adopting", with: "additive")
          + Self.second)
      let outcome = try await shop.apply(manifest)
      #expect(try await rows(as: "web", in: shop) == 3)
      #expect(try await bool("SELECT NOT has_table_privilege('second', 'tenants', 'SELECT')", in: shop))
      #expect(outcome.unmended.contains { $0.message.contains("the mode additive takes no rows away") })
      #expect(try await shop.deviations(manifest).contains { $0.hasPrefix("row security of tenants is off") })

      // Without the excess, no account loses a row, and the limits take effect.
      try await shop.asOwner("REVOKE ALL ON tenants FROM web")
      _ = try await shop.apply(manifest)
      #expect(try await rows(as: "web", in: shop) == 1)
      #expect(try await rows(as: "second", in: shop) == 1)
      #expect(try await shop.deviations(manifest) == [])
    }
  }

  @Test(.timeLimit(.minutes(8)))
  func `after one apply of a strict manifest each account may connect, and the next plan is empty`()
    async throws
  {
    try await ShopDatabase.with { shop in
      try await shop.asSuperuser("ALTER SCHEMA public OWNER TO shop_owner")
      let text = Self.manifest("customers: [select]").replacing("adopting", with: "strict")
      let manifest = try await shop.manifest(of: text)
      _ = try await shop.apply(manifest)
      #expect(try await !bool("SELECT has_database_privilege('public', 'shop', 'CONNECT')", in: shop))
      #expect(try await bool("SELECT has_database_privilege('web', 'shop', 'CONNECT')", in: shop))
      #expect(try await bool("SELECT has_schema_privilege('web', 'public', 'USAGE')", in: shop))
      let steps = try await shop.grants(manifest).plan().steps.filter { $0.authority == .administrator }
      #expect(steps.map(\.text) == [])
    }
  }

  @Test(.timeLimit(.minutes(8)))
  func `a proof leaves a table out whose trigger is an account's, and names it`() async throws {
    try await ShopDatabase.with { shop in
      for sql in [
        "CREATE TABLE watched (id int PRIMARY KEY, tenant text)", "CREATE TABLE seen (who text)",
        "CREATE ROLE web LOGIN", "CREATE SCHEMA theirs",
      ] { try await shop.asOwner(sql) }
      let manifest = try await shop.manifest(
        of: Self.manifest("watched: { select: { rows: { tenant: a } } }"))
      _ = try await shop.apply(manifest)
      #expect(try await shop.violations(manifest) == [])
      for sql in [
        "CREATE FUNCTION theirs.spy() RETURNS trigger LANGUAGE plpgsql AS "
          + "'BEGIN INSERT INTO public.seen VALUES (current_user); RETURN NULL; END'",
        "CREATE TRIGGER spy AFTER INSERT OR UPDATE ON watched FOR EACH STATEMENT EXECUTE FUNCTION theirs.spy()",
        "ALTER FUNCTION theirs.spy() OWNER TO web",
      ] { try await shop.asSuperuser(sql) }
      #expect(
        try await shop.violations(manifest) == [
          "web: hold a trigger that runs as everyone who writes watched: expected unseen, got allowed"
        ])
      #expect(try await count("SELECT count(*)::text FROM seen", in: shop) == "0")
    }
  }
}
