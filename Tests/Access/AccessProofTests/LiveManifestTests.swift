import AccessManifest
import AccessPlanning
import Secrets
import Testing

/// A manifest over a database that was not made here: the example of docs/adopt.md.
@Suite(.serialized) struct LiveManifestTests {
  @Test(.timeLimit(.minutes(8)))
  func `the example is applied, verified and proven, and only its accounts change`() async throws {
    try await ShopDatabase.with { shop in
      let manifest = try await shop.manifest()
      #expect(manifest.databaseAccounts.count == 12)
      let outcome = try await shop.apply(manifest)
      #expect(outcome.remaining.map(\.text) == [])
      #expect(outcome.done.filter { $0.text.contains("DROP") || $0.text.contains("REVOKE") } == [])
      #expect(try await shop.deviations(manifest) == [])
      #expect(try await shop.grants(manifest).plan().isEmpty)
      let report = try await shop.proof(manifest)
      #expect(report.violations.map(\.description) == [])
      // shop_reviews writes a customer's id into a review, and may not read customers.
      #expect(report.residues.contains { $0.name == "existence through foreign keys" })
      try await Self.expectRights(on: shop, manifest)
      try await Self.expectDriftIsNamed(on: shop, manifest)
      try await Self.expectNarrowing(on: shop)
    }
  }

  /// Patterns, their exceptions, profiles, views and sequences of serial columns.
  private static func expectRights(on shop: ShopDatabase, _ manifest: AccessManifest) async throws {
    let storefront = try #require(manifest.databaseAccount(named: "shop_storefront"))
    #expect(
      Set(storefront.grants.map(\.table)) == [
        "catalog.categories", "catalog.products", "catalog.reviews",
      ])
    #expect(storefront.limits.connections == 10)
    #expect(manifest.databaseAccount(named: "shop_reviews")?.limits == .unlimited)
    let found = try await shop.superuser.unsafeQuery(
      unsafeSQL: """
        SELECT has_sequence_privilege('shop_checkout', 'sales.orders_id_seq', 'USAGE'),
          has_sequence_privilege('shop_payments', 'sales.orders_id_seq', 'USAGE'),
          has_table_privilege('shop_reporting', 'sales.best_sellers', 'SELECT'),
          has_table_privilege('shop_storefront', 'catalog.suppliers', 'SELECT')
        """)
    #expect(try (0..<4).map { try found.boolean(0, $0) } == [true, false, true, false])
    let notes = try await shop.grants(manifest).verify().filter(\.isNote)
    #expect(notes.contains { $0.object == "migrations_done" })
  }

  private static func expectDriftIsNamed(on shop: ShopDatabase, _ manifest: AccessManifest) async throws {
    try await shop.asOwner("GRANT DELETE ON sales.payments TO shop_cart")
    try await shop.asOwner("GRANT SELECT ON migrations_done TO shop_cart")
    try await shop.asOwner("REVOKE USAGE ON SEQUENCE sales.orders_id_seq FROM shop_checkout")
    let found = try await shop.deviations(manifest)
    #expect(found.count == 3)
    for part in ["DELETE on table sales.payments", "SELECT on table migrations_done", "orders_id_seq"] {
      #expect(found.contains { $0.contains(part) }, "\(part)")
    }
    #expect(try await shop.violations(manifest).contains { $0.contains("sales.payments") })
    _ = try await shop.apply(manifest)
    #expect(try await shop.deviations(manifest) == [])
    try await expectCodeIsNotPassedOn(on: shop, manifest)
  }

  /// The text of a listed view may have changed with its owner, and so may the rules of a table.
  private static func expectCodeIsNotPassedOn(
    on shop: ShopDatabase, _ manifest: AccessManifest
  ) async throws {
    let listed = ["sales.revenue", "sales.payments"]
    for name in listed { try await shop.asSuperuser("ALTER TABLE \(name) OWNER TO shop_cart") }
    let plan = try await shop.grants(manifest, dropsRetired: true).plan()
    #expect(!plan.steps.contains { $0.text.contains("ALTER TABLE") }, "\(plan.steps.map(\.text))")
    for name in listed {
      let named = try #require(plan.unmended.first { $0.object == name && $0.privilege == "OWNER" })
      #expect(named.message.contains("read it, replace what is not yours"), "\(named.message)")
    }
    _ = try await shop.apply(manifest)
    // Nor does it when the account has left the manifest.
    let left = try await shop.manifest(replacing: "account: shop_cart", with: "account: shop_trolley")
    #expect(left.databaseAccount(named: "shop_cart") == nil)
    let dropping = try await shop.grants(left, dropsRetired: true).plan()
    #expect(!dropping.steps.contains { $0.text.contains("REASSIGN") || $0.text.contains("DROP ") })
    #expect(Set(listed).isSubset(of: dropping.unmended.map(\.object)))
    let owners = try await shop.superuser.unsafeQuery(
      unsafeSQL:
        "SELECT count(*) FROM pg_class WHERE relowner = 'shop_cart'::regrole AND relkind IN ('r', 'v')")
    #expect(try owners.integer(0, 0) == 2)
    for name in listed { try await shop.asSuperuser("ALTER TABLE \(name) OWNER TO shop_owner") }
    #expect(try await shop.deviations(manifest) == [])
  }

  private static func expectNarrowing(on shop: ShopDatabase) async throws {
    let narrowed = try await shop.manifest(
      replacing: "sales.orders: [select, insert, update]", with: "sales.orders: [select, insert]")
    #expect(
      try await shop.grants(narrowed).plan().steps.map(\.reason) == [
        "shop_checkout holds UPDATE on table sales.orders, granted by shop_owner, which the manifest does not declare"
      ])
    _ = try await shop.apply(narrowed)
    #expect(try await shop.deviations(narrowed) == [])
    #expect(try await shop.violations(narrowed) == [])
  }

  @Test func `a role of the owner that the manifest does not name is mentioned, and not closed`() async throws
  {
    try await ShopDatabase.with { shop in
      let manifest = try await shop.manifest()
      _ = try await shop.apply(manifest)
      try await shop.asOwner("CREATE ROLE stocktaker LOGIN")
      try await shop.asOwner("GRANT SELECT ON warehouse.stock TO stocktaker")
      try await shop.asOwner("GRANT USAGE ON SCHEMA warehouse TO stocktaker")
      #expect(try await shop.grants(manifest).plan() == AccessPlan())
      let notes = try await shop.grants(manifest).verify()
      #expect(notes.contains { $0.account == "stocktaker" && $0.object == "warehouse.stock" && $0.isNote })
    }
  }

  /// The rights as a team's own scripts gave them: under the policies' own names, with more than rows need.
  private static let foreignRights = [
    "CREATE ROLE web LOGIN CONNECTION LIMIT 7", "CREATE ROLE nightly LOGIN", "CREATE ROLE readers NOLOGIN",
    "CREATE ROLE mail LOGIN", "CREATE ROLE other_owner",
    "ALTER ROLE web SET statement_timeout = '3s'", "ALTER ROLE web SET search_path = 'sales, public'",
    "GRANT USAGE ON SCHEMA sales, catalog TO web, nightly",
    "GRANT ALL ON sales.orders, sales.revenue TO web", "GRANT ALL ON SEQUENCE sales.orders_id_seq TO web",
    "GRANT INSERT ON customers TO web", "GRANT USAGE ON SEQUENCE customers_id_seq TO web",
    "GRANT SELECT (id, name), UPDATE (name) ON customers TO web",
    "GRANT SELECT ON ALL TABLES IN SCHEMA catalog TO nightly", "GRANT TEMPORARY ON DATABASE shop TO nightly",
    "ALTER TABLE outbox ENABLE ROW LEVEL SECURITY", "GRANT SELECT, UPDATE ON outbox TO mail",
    "CREATE POLICY mine ON outbox FOR SELECT TO mail USING (channel = 'mail')",
    "CREATE POLICY send ON outbox FOR UPDATE TO mail USING (channel = 'mail') WITH CHECK (channel = 'mail')",
    "ALTER TABLE sales.carts ENABLE ROW LEVEL SECURITY", "GRANT SELECT ON sales.carts TO nightly",
    "CREATE POLICY odd ON sales.carts FOR SELECT TO nightly USING (customer_id IS NULL)",
    "CREATE FUNCTION sales.tidy(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n'",
    "GRANT EXECUTE ON FUNCTION sales.tidy(integer) TO nightly",
  ]

  @Test(.timeLimit(.minutes(8)))
  func `an import of rights that others gave has an empty plan, and can be narrowed and proven`() async throws
  {
    try await ShopDatabase.with { shop in
      for sql in Self.foreignRights { try await shop.asOwner(sql) }
      try await shop.asSuperuser("ALTER TABLE catalog.suppliers OWNER TO other_owner")
      for name in ["web", "nightly", "mail"] {
        let password = "a password that \(name) had before"
        try shop.credentials.replace(name, with: Secret(password))
        try await shop.asOwner("ALTER ROLE \(name) PASSWORD '\(password)'")
      }
      let text = try await shop.imported()
      #expect(text.contains("# doubt: catalog.suppliers belongs to other_owner"))
      #expect(text.contains("rows: { channel: \"mail\" }"))
      #expect(text.contains("# doubt: nightly: the policy \"odd\" on sales.carts"))
      #expect(!text.contains("a password that"))
      let manifest = try await shop.manifest(of: text)
      #expect(try await shop.grants(manifest).plan() == AccessPlan())
      #expect(try await shop.deviations(manifest) == [])
      #expect(try await shop.violations(manifest) == [])

      let narrowed = try await shop.manifest(
        of: text.replacing("sales.orders: [select, insert, update, delete]", with: "sales.orders: [select]"))
      #expect(try await shop.grants(narrowed).plan().steps.count == 4)
      _ = try await shop.apply(narrowed)
      #expect(try await shop.deviations(narrowed) == [])
      #expect(try await shop.violations(narrowed) == [])
    }
  }

  /// Names by which an account that may create objects would end a comment, or a value in quotes.
  private static let hostileNames = [
    "a1\n  web:\n    database:\n      account: web\n#", "a2\n      level: read-write\n      grants:\n#",
    "a3\r        sales.payments: [select, insert]\u{2028}#", "a4\"\\: |\u{85}allow:",
  ]

  @Test func `names that a hostile account chose write no line of their own into an import or a plan`()
    async throws
  {
    try await ShopDatabase.with { shop in
      try await shop.asOwner("CREATE ROLE web LOGIN")
      try await shop.asOwner("GRANT SELECT (id) ON customers TO web")
      try await shop.asSuperuser("GRANT CREATE ON SCHEMA public TO web")
      for name in Self.hostileNames {
        let quoted = "\"\(name.replacing("\"", with: "\"\""))\""
        try await shop.asSuperuser("CREATE SEQUENCE \(quoted)")
        try await shop.asSuperuser("ALTER SEQUENCE \(quoted) OWNER TO web")
        try await shop.asSuperuser("CREATE TABLE \(quoted.replacing("a", with: "t")) (id int)")
        try await shop.asSuperuser("GRANT SELECT ON \(quoted.replacing("a", with: "t")) TO web")
        try await shop.asSuperuser(
          "ALTER TABLE \(quoted.replacing("a", with: "t")) OWNER TO \(quoted.contains("a1") ? "web" : "shop_owner")"
        )
      }
      let text = try await shop.imported()
      for line in text.split(separator: "\n") where line.contains("sales.payments") || line.contains("level:")
      {
        #expect(line.contains("doubt") || !line.contains("payments"), "\(line)")
      }
      let manifest = try await shop.manifest(of: text)
      #expect(manifest.databaseAccounts.map(\.name) == ["web"])
      let grants = try #require(manifest.databaseAccounts.first?.grants)
      #expect(!grants.contains { $0.table == "sales.payments" || $0.verb != .select })
      let plan = try await shop.grants(manifest).plan()
      #expect(plan.steps.contains { $0.text.contains("U&\"") })
      for step in plan.steps {
        #expect(!(step.text + step.reason).contains { $0.isNewline }, "\(step.text)")
      }
      #expect(try await !shop.grants(manifest).verify().contains { $0.message.contains { $0.isNewline } })
    }
  }

  @Test func `an import opens no row of a table whose row security a manifest cannot say`() async throws {
    try await ShopDatabase.with { shop in
      for sql in [
        "CREATE ROLE sv1 LOGIN", "CREATE ROLE sv2 LOGIN", "CREATE ROLE sv3 LOGIN",
        "CREATE ROLE \"Mixed-Case\" LOGIN",
        "GRANT SELECT ON outbox, customers TO sv1, sv2, sv3, \"Mixed-Case\"",
        "ALTER TABLE outbox ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p1 ON outbox FOR SELECT TO sv1 USING (id = 1 OR EXISTS (SELECT FROM customers))",
        "CREATE POLICY p3 ON outbox FOR SELECT TO sv3 USING (channel = 'mail')",
      ] { try await shop.asOwner(sql) }
      let text = try await shop.imported()
      #expect(text.contains("# doubt: sv1: the policy \"p1\" on outbox"))
      #expect(text.contains("# doubt: sv2: outbox has row security and no policy for it"))
      #expect(text.contains("# doubt: Mixed-Case is no account here") && !text.contains("rows:"))
      #expect(!text.contains("the tool refuses this file"), "\(text)")
      let manifest = try await shop.manifest(of: text)
      _ = try await shop.apply(manifest)
      let policies = try await shop.superuser.unsafeQuery(
        unsafeSQL: "SELECT string_agg(policyname, ' ' ORDER BY policyname) FROM pg_policies")
      #expect(try policies.text(0, 0) == "p1 p3")
      #expect(try await shop.deviations(manifest) == [])
    }
  }

  @Test func `a login with the rights of a group is imported with the group as a profile`() async throws {
    try await ShopDatabase.with { shop in
      for sql in [
        "CREATE ROLE readers NOLOGIN", "CREATE ROLE base NOLOGIN", "CREATE ROLE idle NOLOGIN",
        "GRANT USAGE ON SCHEMA catalog, sales TO readers", "GRANT SELECT ON catalog.products TO base",
        "GRANT SELECT ON catalog.reviews TO readers", "GRANT base TO readers",
        "CREATE ROLE web LOGIN", "CREATE ROLE nightly LOGIN", "GRANT readers TO web, nightly",
        "GRANT idle TO nightly", "GRANT INSERT, SELECT, DELETE ON catalog.reviews TO nightly",
        "GRANT USAGE ON SEQUENCE catalog.reviews_id_seq TO nightly",
        "ALTER TABLE outbox ENABLE ROW LEVEL SECURITY", "GRANT SELECT ON outbox TO readers",
        "CREATE POLICY mine ON outbox FOR SELECT TO readers USING (channel = 'mail')",
      ] { try await shop.asOwner(sql) }
      let text = try await shop.imported()
      #expect(text.contains("profiles:\n  readers:\n    level: read-only\n"), "\(text)")
      #expect(text.contains("# doubt: web: it has rights as a member of readers: `plan` grants them to it"))
      #expect(text.contains("# doubt: nightly: it is a member of idle, whose rights are not in this file"))
      let manifest = try await shop.manifest(of: text)
      let web = try #require(manifest.databaseAccount(named: "web"))
      #expect(Set(web.grants.map(\.table)) == ["catalog.products", "catalog.reviews", "outbox"])
      #expect(web.grant(.select, on: "outbox")?.rows == RowScope(column: "channel", value: "mail"))
      let nightly = try #require(manifest.databaseAccount(named: "nightly"))
      #expect(
        Set(nightly.grants.filter { $0.table == "catalog.reviews" }.map(\.verb)) == [
          .select, .insert, .delete,
        ])
      #expect(nightly.grant(.select, on: "catalog.products") != nil && nightly.level == .readWrite)

      // The doubts announce every step.
      let texts = try await shop.grants(manifest).plan().steps.map(\.text)
      #expect(texts.contains { $0.contains("REVOKE \"readers\" FROM \"web\"") }, "\(texts)")
      #expect(texts.contains { $0.contains("GRANT SELECT ON TABLE \"catalog\".\"products\" TO \"web\"") })
      #expect(try await shop.apply(manifest).remaining.isEmpty)
      #expect(try await shop.deviations(manifest) == [])
      #expect(try await shop.violations(manifest) == [])
    }
  }
}
