import AccessManifest
import AccessPlanning
import DataAccess
import Testing

/// Imports of databases whose names and policies are not made for a manifest, or are made against it.
@Suite(.serialized) struct HostileImportTests {
  /// Names that would end a comment of the manifest and continue it as YAML, by an account that may create sequences.
  private static let forgery = [
    "CREATE ROLE svc LOGIN", "GRANT USAGE, CREATE ON SCHEMA public TO svc",
    "GRANT SELECT ON customers TO svc",
    "GRANT svc TO shop_owner",
    "SET ROLE svc; CREATE SEQUENCE \"a1\n  svc:\n    database:\n      account: svc\n#\"; RESET ROLE",
    "SET ROLE svc; CREATE SEQUENCE \"a2\n      level: read-write\n      grants:\n#\"; RESET ROLE",
    "SET ROLE svc; CREATE SEQUENCE \"a3\n        outbox: [select, insert]\n#\"; RESET ROLE",
    "SET ROLE svc; CREATE SEQUENCE \"a4\nallow:\n unused-account: |\n  x\"; RESET ROLE",
    "REVOKE svc FROM shop_owner",
    "CREATE ROLE \"Mixed\nCase\" LOGIN", "GRANT SELECT ON customers TO \"Mixed\nCase\"",
    "ALTER TABLE outbox ENABLE ROW LEVEL SECURITY", "CREATE ROLE mail LOGIN",
    "GRANT SELECT ON outbox TO mail",
    "CREATE POLICY p ON outbox TO mail USING (channel = 'x' OR EXISTS (SELECT 1 FROM customers))",
  ]

  @Test(.timeLimit(.minutes(8)))
  func `a name with line ends adds nothing to an imported manifest, and nothing to a plan`() async throws {
    try await ShopDatabase.with { shop in
      for sql in Self.forgery {
        for part in sql.split(separator: "; ") { try await shop.asSuperuser(String(part)) }
      }
      let text = try await shop.imported()
      #expect(text.contains("the sequence a1\\u{A}  svc:\\u{A}"))
      let manifest = try await shop.manifest(of: text)
      #expect(manifest.databaseAccounts.map(\.name) == ["mail", "svc"])
      let svc = try #require(manifest.databaseAccount(named: "svc"))
      #expect(svc.level == .readOnly && svc.grants.map(\.table) == ["customers"])
      let plan = try await shop.grants(manifest).plan()
      #expect(!plan.steps.contains { $0.text.contains("outbox") && $0.text.hasPrefix("GRANT") })
      // Statements name such objects on one line, so that a person can read and paste them.
      #expect(plan.steps.contains { $0.text.contains(#"U&"a1\000A  svc:\000A"#) })
      #expect(!plan.steps.contains { $0.text.contains("\n") })
    }
  }

  /// `one` has a policy that no manifest says, `two` has none, and `three` has one that a manifest says.
  private static let rows = [
    "CREATE ROLE one LOGIN", "CREATE ROLE two LOGIN", "CREATE ROLE three LOGIN",
    "CREATE TABLE notes (id integer PRIMARY KEY, n integer, tenant text)",
    "ALTER TABLE notes ENABLE ROW LEVEL SECURITY", "GRANT SELECT ON notes TO one, two, three",
    "CREATE POLICY first ON notes FOR SELECT TO one USING (n = 1)",
    "CREATE POLICY third ON notes FOR SELECT TO three USING (tenant = 'a')",
    "INSERT INTO notes VALUES (1, 1, 'a'), (2, 2, 'b')",
    "GRANT USAGE ON SCHEMA public TO one, two, three",
  ]

  @Test(.timeLimit(.minutes(8)))
  func `a table whose policies the manifest cannot say whole shows no account another row after apply`()
    async throws
  {
    try await ShopDatabase.with { shop in
      for sql in Self.rows { try await shop.asOwner(sql) }
      let before = try await Self.visibleRows(shop)
      #expect(before == [1, 0, 1])
      let text = try await shop.imported()
      #expect(!text.contains("rows: {"))
      #expect(text.contains("# doubt: one: the policy \"first\" on notes"))
      #expect(
        text.contains("# doubt: two: notes has row security and no policy for it, so it reaches no row"))
      #expect(text.contains("# doubt: three: the policy \"third\" on notes"))
      _ = try await shop.apply(try await shop.manifest(of: text))
      #expect(try await Self.visibleRows(shop) == before)

      // Once every account's policy can be said, the manifest says them, and still nothing opens.
      try await shop.asOwner("ALTER POLICY first ON notes USING (tenant = 'b')")
      try await shop.asOwner("CREATE POLICY second ON notes FOR SELECT TO two USING (tenant = 'c')")
      let whole = try await shop.imported()
      #expect(whole.contains("rows: { tenant: \"c\" }"))
      _ = try await shop.apply(try await shop.manifest(of: whole))
      #expect(try await Self.visibleRows(shop) == before)
    }
  }

  private static func visibleRows(_ shop: ShopDatabase) async throws -> [Int] {
    var counts: [Int] = []
    for account in ["one", "two", "three"] {
      counts.append(
        try await shop.superuser.session { session throws(DatabaseError) in
          _ = try await session.unsafeQuery(unsafeSQL: "SET ROLE \(account)", label: "become")
          let rows = try await session.unsafeQuery(unsafeSQL: "SELECT id FROM notes", label: "read")
          _ = try await session.unsafeQuery(unsafeSQL: "RESET ROLE", label: "become")
          return rows.rowCount
        })
    }
    return counts
  }
}
