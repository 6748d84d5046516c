import AccessManifest
import AccessPlanning
import Secrets
import TestSupport
import Testing

/// Imports of schemas that frameworks from PyPI make.
@Suite(.serialized) struct ImportedForeignSchemaTests {
  private static let accounts = ["app", "reports"]

  /// Rights as a team gives them: everything for the application, and reading for reports.
  private static let rights = [
    "CREATE ROLE app LOGIN CONNECTION LIMIT 30", "CREATE ROLE reports LOGIN",
    "ALTER ROLE app SET client_encoding = 'utf8'", "ALTER ROLE app SET timezone = 'UTC'",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO app",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reports",
  ]

  @Test(
    .timeLimit(.minutes(8)),
    arguments: [
      ("django", 9, "auth_user"), ("flask_security", 4, "\"user\""), ("wagtail", 51, "auth_user"),
      ("airflow", 48, "ab_user"),
    ])
  func `the import has an empty plan, and one account can be narrowed and proven`(
    _ schema: String, _ tables: Int, _ users: String
  ) async throws {
    let path = Checkout.path("Tests/Access/AccessProofTests/ForeignSchemas/\(schema).sql")
    try await ShopDatabase.with(schema: path) { database in
      for sql in Self.rights { try await database.asOwner(sql) }
      for name in Self.accounts {
        let password = "the password that \(name) had before"
        try database.credentials.replace(name, with: Secret(password))
        try await database.asOwner("ALTER ROLE \(name) PASSWORD '\(password)'")
      }
      let text = try await database.imported()
      let manifest = try await database.manifest(of: text)
      #expect(manifest.tables.count == tables)
      #expect(manifest.databaseAccounts.map(\.name) == Self.accounts)
      #expect(try await database.grants(manifest).plan() == AccessPlan())

      // The reports no longer see who the users are.
      let start = try #require(text.range(of: "\n  reports:")).lowerBound
      let key = users.replacing("\"", with: "")
      let own = text[start...].replacing("\(key): [select]", with: "\(key): { select: { columns: [id] } }")
      let narrowed = try await database.manifest(of: String(text[..<start]) + own)
      #expect(
        try await database.grants(narrowed).plan().steps.map(\.text).contains(
          "REVOKE SELECT ON TABLE \"public\".\"\(key)\" FROM \"reports\" CASCADE"))
      _ = try await database.apply(narrowed)
      #expect(try await database.deviations(narrowed) == [])
      #expect(try await database.violations(narrowed) == [])
      try Self.expectJudgement(of: database, tables)
    }
  }

  /// Judges from outside find tables without row security, for which the manifest asks nowhere, and nothing else.
  private static func expectJudgement(of database: ShopDatabase, _ tables: Int) throws {
    let judge = OutsideJudge(database.postgres, database: ShopDatabase.name)
    let found = try judge.lint()
    #expect(found.filter { $0.rule != "SEC001" } == [])
    #expect(Set(found.map(\.table)).count == tables)
    // It executes each verb as each role on each table, which takes long where there are many.
    if tables < 10 { try judge.expectNoLeak(in: "public") }
  }
}
