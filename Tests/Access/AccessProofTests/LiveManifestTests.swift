import AccessManifest
import AccessPlanning
import Secrets
import Testing

/// A manifest over a database that was not made here: the example of docs/adopt.md.
@Suite(.serialized) struct LiveManifestTests {
  @Test(.timeLimit(.minutes(3)))
  func `the example is applied, verified and proven, and only its accounts change`() async throws {
    try await ShopDatabase.with { shop in
      let manifest = try await shop.manifest()
      #expect(manifest.databaseAccounts.count == 12)
      let outcome = try await shop.apply(manifest)
      #expect(outcome.remaining.map(\.text) == [])
      #expect(outcome.done.filter { $0.text.contains("DROP") || $0.text.contains("REVOKE") } == [])
      #expect(try await shop.deviations(manifest) == [])
      #expect(try await shop.grants(manifest).plan().isEmpty)
      #expect(try await shop.violations(manifest) == [])
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

  @Test(.timeLimit(.minutes(3)))
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
}
