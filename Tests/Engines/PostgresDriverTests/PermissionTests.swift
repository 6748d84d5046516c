import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

struct PermissionTests {
  /// Creates a table with a row and an account with `grants`, in which `$account` stands for its name.
  private func withAccount(
    grants: [String],
    _ body: @Sendable (_ account: String, _ session: DriverSession) async throws -> Void
  ) async throws {
    try await PostgresFixture.with { fixture, owner in
      let account = try await fixture.database.createAccount("reader")
      try await owner.run("CREATE TABLE users (id int8, email text, owner text DEFAULT 'x')")
      try await owner.run("INSERT INTO users VALUES (1, 'a@b', 'x')")
      for grant in grants {
        try await owner.run(grant.replacing("$account", with: "\"\(account.name)\""))
      }
      let driver = fixture.server.driver(as: account, database: fixture.database.configuration.name)
      try await DriverSession.with(driver, on: fixture.database.loop) { session in
        try await body(account.name, session)
      }
    }
  }

  private func denial(of query: Query, by session: DriverSession) async -> PermissionDenial? {
    guard case .permissionDenied(let denial)? = await session.executeTogether([query])[0].error?.kind else {
      return nil
    }
    return denial
  }

  @Test func `a denial on a table names table, account and verb`() async throws {
    try await withAccount(grants: []) { account, session in
      let denial = await denial(of: PostgresFixture.read("SELECT id FROM users", table: "users"), by: session)
      #expect(denial == PermissionDenial(account: account, verb: .select, table: "users"))
    }
  }

  @Test func `a denial of a verb names the verb`() async throws {
    try await withAccount(grants: ["GRANT SELECT ON users TO $account"]) { account, session in
      let denial = await denial(of: PostgresFixture.write(.delete, "users", "DELETE FROM users"), by: session)
      #expect(denial == PermissionDenial(account: account, verb: .delete, table: "users"))
    }
  }

  @Test func `a denial on a column names its table`() async throws {
    try await withAccount(grants: ["GRANT SELECT (id) ON users TO $account"]) { account, session in
      let allowed = PostgresFixture.read("SELECT id FROM users", table: "users")
      #expect(await session.executeTogether([allowed])[0].integer == 1)
      let refused = PostgresFixture.read("SELECT email FROM users", table: "users")
      #expect(
        await denial(of: refused, by: session)
          == PermissionDenial(account: account, verb: .select, table: "users"))
    }
  }

  @Test func `a row outside the policy gives a permission denial`() async throws {
    let grants = [
      "GRANT SELECT, INSERT ON users TO $account", "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
      "CREATE POLICY mine ON users TO $account USING (owner = 'y') WITH CHECK (owner = 'y')",
    ]
    try await withAccount(grants: grants) { account, session in
      let insert = PostgresFixture.write(
        .insert, "users", "INSERT INTO users (id, owner) VALUES ($1, $2)", [.integer(2), .text("x")])
      #expect(
        await denial(of: insert, by: session)
          == PermissionDenial(account: account, verb: .insert, table: "users"))
      let found = try await session.run("SELECT count(*) FROM users").integer(0, 0)
      #expect(found == 0)
    }
  }

  @Test func `a denial on a schema names the statement's table`() async throws {
    let grants = ["CREATE SCHEMA hidden", "CREATE TABLE hidden.papers (id int8)"]
    try await withAccount(grants: grants) { account, session in
      let query = PostgresFixture.read("SELECT id FROM hidden.papers", table: "papers")
      #expect(
        await denial(of: query, by: session)
          == PermissionDenial(account: account, verb: .select, table: "papers"))
    }
  }

  @Test func `a denial carries the engine's code, and its description shows no statement`() async throws {
    try await withAccount(grants: []) { account, session in
      let error = await session.executeTogether([
        PostgresFixture.read("SELECT id FROM users WHERE email = $1", [.text("private@x")], table: "users")
      ])[0].error
      #expect(error?.nativeCode == "42501")
      #expect(error?.isRetryable == false)
      #expect(error?.description.contains("private@x") == false)
      #expect(error?.description.contains(account) == true)
    }
  }
}
