import AccessAdministration
import AccessLint
import AccessManifest
import AccessPlanning
import DataAccess
import PostgresAdministration
import Testing

/// A database of others whose roles, relations and rights stand in the way of a manifest.
@Suite(.serialized) struct LiveBoundsTests {
  // MARK: The administrator

  @Test(.timeLimit(.minutes(8)))
  func `the administrator of an import is the role that runs it, and no other role applies the manifest`()
    async throws
  {
    try await ShopDatabase.with { shop in
      try await shop.asOwner("CREATE ROLE web LOGIN")
      try await shop.asOwner("GRANT SELECT ON customers TO web")
      try await shop.asSuperuser("CREATE ROLE svc1 LOGIN")
      // A service with CREATE owns more tables than the owner.
      try await shop.asSuperuser(
        """
        DO $$ BEGIN FOR n IN 1..40 LOOP EXECUTE format('CREATE TABLE public.x%s ()', n);
        EXECUTE format('ALTER TABLE public.x%s OWNER TO svc1', n); END LOOP; END $$
        """)
      let text = try await shop.imported()
      #expect(text.contains("database: { account: shop_owner }") && text.contains("  web:\n"))
      #expect(text.contains("# doubt: x40 belongs to svc1: it is not managed here"))

      let forged = try await shop.manifest(
        of: text.replacing("{ account: shop_owner }", with: "{ account: svc1 }"))
      let refusal = await #expect(throws: AccessError.self) { try await shop.grants(forged).apply() }
      #expect(
        "\(String(describing: refusal))".contains(
          "administrator of the database is svc1, and the tool is connected as shop_owner"))
      let stranger = await #expect(throws: DatabaseError.self) {
        try await PostgresAdministration().importedManifest(in: shop.superuser, ImportSelection())
      }
      #expect(
        stranger?.detail?.hasSuffix(
          "owns none of these tables: run the import as their owner, which is shop_owner or svc1") == true)
    }
  }

  // MARK: Doubts

  /// Rights that no manifest can say.
  private static let beside = [
    "CREATE ROLE nine LOGIN CONNECTION LIMIT 0", "GRANT SELECT ON customers TO nine",
    "CREATE FOREIGN DATA WRAPPER far", "CREATE SERVER away FOREIGN DATA WRAPPER far",
    "GRANT USAGE ON FOREIGN DATA WRAPPER far TO nine", "GRANT USAGE ON FOREIGN SERVER away TO nine",
    "CREATE USER MAPPING FOR nine SERVER away OPTIONS (password 'kept there alone')",
    "GRANT USAGE ON LANGUAGE plpgsql TO nine", "GRANT USAGE ON TYPE sales.order_state TO nine",
    "SELECT lo_create(77)", "GRANT SELECT ON LARGE OBJECT 77 TO nine",
    "GRANT SET ON PARAMETER log_min_messages TO nine", "GRANT CREATE ON TABLESPACE pg_default TO nine",
    "GRANT SELECT ON pg_authid TO nine", "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO nine",
    "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT SELECT ON TABLES TO nine",
    "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT EXECUTE ON FUNCTIONS TO nine",
  ]

  @Test(.timeLimit(.minutes(8)))
  func `an import has a doubt for every step of the plan of its text`() async throws {
    try await ShopDatabase.with { shop in
      for sql in Self.beside { try await shop.asSuperuser(sql) }
      let text = try await shop.imported()
      #expect(!text.contains("kept there alone") && !text.contains("the tool refuses this file"))
      let plan = try await shop.grants(try await shop.manifest(of: text)).plan()
      let steps = plan.steps.filter { if case .setCredential = $0.action { false } else { true } }
      #expect(steps.count >= 12, "\(steps.map(\.text))")
      for step in steps {
        let doubt = "# doubt: the first `plan`: \(step.reason): \(step.text)\n"
        #expect(text.contains(doubt), "\(step.text)")
      }
      for deviation in plan.unmended where deviation.privilege != "PASSWORD" {
        #expect(text.contains(deviation.message), "\(deviation.message)")
      }
      for part in [
        "DROP USER MAPPING", "\"away\"", "\"far\"", "plpgsql", "order_state", "LARGE OBJECT 77",
        "log_min_messages",
        "TABLESPACE", "pg_authid", "pg_read_file", "ALTER DEFAULT PRIVILEGES", "CONNECTION LIMIT",
      ] { #expect(steps.contains { $0.text.contains(part) }, "\(part)") }
      // What the manifest says needs no doubt.
      #expect(!text.contains("GRANT SELECT ON TABLE \"public\".\"customers\""))
    }
  }

  // MARK: Rows

  /// A table with partitions and views, and one on which a row for the proof fits.
  private static let relations = [
    "CREATE TABLE sales.part (id bigint, tenant text NOT NULL) PARTITION BY LIST (tenant)",
    "CREATE TABLE sales.part_a PARTITION OF sales.part FOR VALUES IN ('a')",
    "CREATE TABLE sales.part_b PARTITION OF sales.part FOR VALUES IN ('b')",
    "INSERT INTO sales.part VALUES (1, 'a'), (2, 'b')",
    "CREATE VIEW sales.pv AS SELECT * FROM sales.part",
    "CREATE VIEW sales.pvv AS SELECT * FROM sales.pv",
    "CREATE MATERIALIZED VIEW sales.pm AS SELECT * FROM sales.part_b",
    "CREATE TABLE sales.ledger (id bigserial PRIMARY KEY, tenant text NOT NULL, note text NOT NULL)",
    "INSERT INTO sales.ledger (tenant, note) VALUES ('a', 'one'), ('b', 'two')",
    "CREATE VIEW sales.ledger_all AS SELECT * FROM sales.ledger",
    "CREATE VIEW sales.ledger_own WITH (security_invoker = on) AS SELECT * FROM sales.ledger",
    "CREATE TABLE sales.ledger_child () INHERITS (sales.ledger)",
  ]

  /// A manifest with one account, and where grants are given, with a patron who has a pattern and rows of two tables too.
  private static func text(patron grants: [String]? = nil) -> String {
    var lines = [
      "version: 1", "schema: live", "administrators: { database: { account: shop_owner } }",
      "scope: { mode: adopting }", "services:", "  web:",
      "    database: { account: web, level: read-only, grants: { sales.orders: [select] } }",
    ]
    if let grants {
      lines += [
        "  patron:", "    database:", "      account: patron", "      level: read-only", "      grants:",
        "        \"sales.*\": { select: all }",
        "        sales.part: { select: { rows: { tenant: a } } }",
        "        sales.ledger: { select: { rows: { tenant: a } } }",
      ]
      lines += grants.map { "        \($0)" }
    }
    return lines.joined(separator: "\n")
  }

  @Test(.timeLimit(.minutes(8)))
  func `a pattern beside rows opens no other way to the table, and a way that is named is found and proven`()
    async throws
  {
    try await ShopDatabase.with { shop in
      for sql in Self.relations { try await shop.asOwner(sql) }
      let manifest = try await shop.manifest(of: Self.text(patron: []))
      let tables = Set(try #require(manifest.databaseAccount(named: "patron")).grants.map(\.table))
      #expect(tables.isSuperset(of: ["sales.orders", "sales.part", "sales.ledger", "sales.ledger_own"]))
      for other in ["part_a", "part_b", "pv", "pvv", "pm", "ledger_all", "ledger_child"] {
        #expect(!tables.contains("sales.\(other)"), "\(other)")
      }
      _ = try await shop.apply(manifest)
      #expect(try await Self.rows(of: "sales.ledger_own", shop) == 1)
      #expect(try await Self.rows(of: "sales.part", shop) == 1)
      #expect(Self.otherWays(manifest) == [])
      #expect(try await shop.deviations(manifest) == [])
      #expect(try await shop.violations(manifest) == [])

      let named = try await shop.manifest(
        of: Self.text(patron: ["sales.ledger_all: [select]"]))
      #expect(
        Self.otherWays(named) == [
          "patron has only rows of sales.ledger, and sales.ledger_all shows it every row of that"
        ])
      _ = try await shop.apply(named)
      #expect(try await Self.rows(of: "sales.ledger_all", shop) == 2)
      let violations = try await shop.violations(named)
      #expect(violations.count == 1 && violations[0].contains("select row of sales.ledger"), "\(violations)")

      let intended = try await shop.manifest(
        of: Self.text(patron: [
          "sales.ledger_all: { select: { allow: { rows-by-another-way: it counts for all } } }"
        ]))
      #expect(Self.otherWays(intended) == [])
      #expect(try await shop.violations(intended) == [])
      try await Self.expectEnd(on: shop)
    }
  }

  /// The tables of the only account with rows leave the manifest together with it.
  private static func expectEnd(on shop: ShopDatabase) async throws {
    let last = try await shop.manifest(of: text())
    #expect(!last.tables.contains { $0.name == "sales.ledger" })
    #expect(try await shop.grants(last, dropsRetired: true).apply().remaining.map(\.text) == [])
    let found = try await shop.superuser.unsafeQuery(
      unsafeSQL: """
        SELECT (SELECT count(*) FROM pg_class WHERE relrowsecurity OR relforcerowsecurity),
          (SELECT count(*) FROM pg_policies), (SELECT count(*) FROM pg_roles WHERE rolname = 'patron')
        """)
    let left = try (0..<3).map { try found.integer(0, $0) }
    #expect(left == [0, 0, 0])
    #expect(try await shop.grants(last, dropsRetired: true).plan().isEmpty)
    // Row security with a policy of another role's own stays.
    try await shop.asOwner("ALTER TABLE sales.ledger ENABLE ROW LEVEL SECURITY")
    try await shop.asOwner("CREATE POLICY own ON sales.ledger TO web USING (tenant = 'a')")
    #expect(try await shop.grants(last, dropsRetired: true).plan().isEmpty)
  }

  private static func otherWays(_ manifest: AccessManifest) -> [String] {
    AccessLint(manifest, live: LiveAccessFacts()).report().findings.filter { $0.rule == .rowsByAnotherWay }
      .map(\.message)
  }

  private static func rows(of table: String, _ shop: ShopDatabase) async throws -> Int {
    try await shop.superuser.session { session throws(DatabaseError) in
      _ = try await session.unsafeQuery(unsafeSQL: "SET ROLE patron", label: "become")
      let rows = try await session.unsafeQuery(unsafeSQL: "SELECT id FROM \(table)", label: "read")
      _ = try await session.unsafeQuery(unsafeSQL: "RESET ROLE", label: "become")
      return rows.rowCount
    }
  }

  // MARK: Tables on which a statement says nothing about rights

  private static let odd = [
    "CREATE TABLE fixed (id integer)", "CREATE RULE stays AS ON UPDATE TO fixed DO INSTEAD NOTHING",
    "CREATE TABLE bare ()", "CREATE FOREIGN DATA WRAPPER far", "CREATE SERVER away FOREIGN DATA WRAPPER far",
    "CREATE FOREIGN TABLE distant (id integer) SERVER away",
    "ALTER TABLE fixed OWNER TO shop_owner", "ALTER TABLE bare OWNER TO shop_owner",
    "ALTER FOREIGN TABLE distant OWNER TO shop_owner",
  ]

  @Test(.timeLimit(.minutes(8)))
  func `a rule, a table without columns and a foreign table are no violations, and a right too many is one`()
    async throws
  {
    try await ShopDatabase.with { shop in
      for sql in Self.odd { try await shop.asSuperuser(sql) }
      let manifest = try await shop.manifest(
        of: """
          version: 1
          schema: live
          administrators: { database: { account: shop_owner } }
          scope: { mode: adopting }
          services:
            web:
              database:
                { account: web, level: read-write, grants: { fixed: [select, insert], bare: [select], distant: [select] } }
            other:
              database: { account: other, level: read-only, grants: { outbox: [select] } }
          """)
      _ = try await shop.apply(manifest)
      #expect(try await shop.violations(manifest) == [])
      try await shop.asOwner("GRANT INSERT ON fixed TO other")
      try await shop.asOwner("GRANT SELECT ON bare TO other")
      let found = try await shop.violations(manifest)
      #expect(found.contains { $0.contains("fixed") } && found.contains { $0.contains("bare") }, "\(found)")
    }
  }
}
