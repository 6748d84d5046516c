import AccessManifest
import AccessPlanning
import Testing

/// The life of a service in a database that was not made here: what `plan` says at each step, and what is left at the end.
@Suite(.serialized) struct LiveServiceLifeTests {
  private static let service = """
      gifts:
        database:
          account: shop_gifts
          level: read-write
          limits: { connections: 2, statement: 5s, idle_in_transaction: 5s }
          grants:
            sales.orders: { select: { columns: [id, state] } }
            catalog.reviews: [select, insert]
            sales.coupons: { "select, update": { rows: { code: gift } } }
    """

  private static func manifest(with block: String, in shop: ShopDatabase) async throws -> AccessManifest {
    try await shop.manifest(replacing: "services:\n", with: "services:\n\(block)\n")
  }

  @Test(.timeLimit(.minutes(8)))
  func `a service is added, renamed, narrowed and removed, each step in words, and nothing of it is left`()
    async throws
  {
    try await ShopDatabase.with { shop in
      let without = try await shop.manifest()
      _ = try await shop.apply(without)
      let before = try await Self.inventory(of: shop)

      let added = try await Self.manifest(with: Self.service, in: shop)
      try await Self.expect(
        added, on: shop,
        says: [
          "account shop_gifts does not exist", "shop_gifts lacks SELECT (state) on table sales.orders",
          "row security of sales.coupons is off",
          "table sales.coupons lacks the policy \"shop_gifts select\"",
        ])

      let renamed = try await Self.manifest(
        with: Self.service.replacing("shop_gifts", with: "shop_presents"), in: shop)
      try await Self.expect(
        renamed, on: shop, dropping: true,
        says: ["account shop_presents does not exist", "account shop_gifts is retired"])
      #expect(try await !Self.inventory(of: shop).contains { $0.contains("shop_gifts") })

      let narrow = Self.service.replacing("shop_gifts", with: "shop_presents")
        .replacing("[select, insert]", with: "[select]").replacing("select, update", with: "select")
      let narrowed = try await Self.manifest(with: narrow, in: shop)
      try await Self.expect(
        narrowed, on: shop,
        says: [
          "shop_presents holds INSERT on table catalog.reviews",
          "table sales.coupons has the policy \"shop_presents update\"",
        ])

      // Without the wish to drop it, the account is named and left alone: its owner may use it elsewhere.
      #expect(try await shop.grants(without).plan().steps.isEmpty)
      let notes = try await shop.grants(without).verify()
      #expect(
        notes.contains {
          $0.account == "shop_presents" && $0.isNote && $0.message.contains("has left the manifest")
        })
      try await Self.expect(
        without, on: shop, dropping: true,
        says: ["account shop_presents is retired", "row security of sales.coupons is on"])
      let files = RetiredCredentials(without, store: shop.credentials, removes: true)
      _ = try await files.apply()
      #expect(files.names.isEmpty && !shop.credentials.contains("shop_presents"))
      #expect(try await Self.inventory(of: shop) == before)
    }
  }

  /// The plan says all of this, and after it everything matches, is proven, and needs no further step.
  private static func expect(
    _ manifest: AccessManifest, on shop: ShopDatabase, dropping: Bool = false, says words: [String]
  ) async throws {
    _ = try shop.credentials.createMissing(for: manifest.databaseAccounts.map(\.name))
    let grants = shop.grants(manifest, dropsRetired: dropping)
    let reasons = try await grants.plan().steps.map(\.reason)
    for word in words {
      #expect(reasons.contains { $0.contains(word) }, "\(word) in \(reasons)")
    }
    let outcome = try await grants.apply()
    #expect(outcome.isComplete, "\(outcome.remaining) \(outcome.notes)")
    // The role itself goes in the run after its closure at the latest.
    if dropping { _ = try await grants.apply() }
    #expect(try await grants.plan().isEmpty)
    #expect(try await shop.deviations(manifest) == [])
    #expect(try await shop.violations(manifest) == [])
  }

  /// Roles, memberships, entries, policies, row security, default privileges, views and dependencies, as one text each.
  private static func inventory(of shop: ShopDatabase) async throws -> [String] {
    let found = try await shop.superuser.unsafeQuery(
      unsafeSQL: """
        SELECT 'role ' || rolname || ' ' || rolcanlogin FROM pg_roles
        UNION ALL SELECT format('member %s %s', pg_get_userbyid(roleid), pg_get_userbyid(member)) FROM pg_auth_members
        UNION ALL SELECT format('acl %s %s', oid::regclass, relacl) FROM pg_class WHERE relacl IS NOT NULL
        UNION ALL SELECT format('acl %s.%s %s', attrelid::regclass, attname, attacl) FROM pg_attribute
          WHERE attacl IS NOT NULL AND attacl <> '{}'
        UNION ALL SELECT format('acl %s %s', nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_'
        UNION ALL SELECT format('policy %s %s %s', tablename, policyname, roles) FROM pg_policies
        UNION ALL SELECT format('row security %s %s', oid::regclass, relforcerowsecurity) FROM pg_class
          WHERE relrowsecurity
        UNION ALL SELECT format('default %s', defaclacl) FROM pg_default_acl
        UNION ALL SELECT format('view %s', viewname) FROM pg_views WHERE schemaname !~ '^(pg_|information)'
        UNION ALL SELECT format('setting %s', setconfig) FROM pg_db_role_setting
        ORDER BY 1
        """)
    return try (0..<found.rowCount).map { try found.text($0, 0) }
  }
}
