import DataAccess
import Schema
import Testing

@testable import SQLiteDriver

/// An account that is confined to the rows of its platform.
struct ScopedRowsTests {
  private let file: TestFile
  private let twitch: FileSession

  init() throws {
    file = try TestFile()
    twitch = try file.session(as: TestFile.twitch)
  }

  private func channels() throws -> [String] {
    try file.admin().rows("SELECT platform || ' ' || external_id FROM platform_integrations ORDER BY id").map
    {
      guard case .text(let text) = $0[0] else { return "" }
      return text
    }
  }

  @Test func `an account reads only its own rows`() throws {
    #expect(try twitch.rows("SELECT external_id FROM scoped_platform_integrations").count == 2)
    #expect(try twitch.rows("SELECT count(*) FROM scoped_platform_integrations") == [[.integer(2)]])
    #expect(try twitch.rows("SELECT 1 FROM scoped_platform_integrations WHERE platform = 'discord'").isEmpty)
    #expect(try twitch.rows("SELECT id FROM temp.scoped_platform_integrations").count == 2)
  }

  @Test func `the dialect contains the view's name for the table`() throws {
    #expect(twitch.relations["platform_integrations"]?.name == "scoped_platform_integrations")
    #expect(twitch.relations["platform_integrations"]?.supportsUpsert == false)
    #expect(twitch.relations["platform_integrations"]?.insertedValues == .readBack)
    #expect(twitch.relations["events"] == nil)
    #expect(try file.session(as: TestFile.connector).relations.isEmpty)
  }

  @Test func `an account can insert, update and delete its own rows, and the changes are counted`() throws {
    let insert = Query.of(
      "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES ('twitch', 't3'), ('twitch', 't4')"
    )
    #expect(try twitch.run(insert, on: .generous).affectedRows == 2)
    let update = Query.of("UPDATE scoped_platform_integrations SET channel = 'blue' WHERE external_id = 't3'")
    #expect(try twitch.run(update, on: .generous).affectedRows == 1)
    #expect(
      try twitch.scalar("SELECT channel FROM scoped_platform_integrations WHERE external_id = 't3'")
        == .text("blue"))
    let delete = Query.of("DELETE FROM scoped_platform_integrations")
    #expect(try twitch.run(delete, on: .generous).affectedRows == 4)
    #expect(try channels() == ["discord d1"])
  }

  @Test func `a column that an insert omits gets its default`() throws {
    try twitch.rows(
      "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES ('twitch', 't3')")
    let moment = try twitch.scalar(
      "SELECT updated_at FROM scoped_platform_integrations WHERE external_id = 't3'")
    guard case .timestamp = moment else {
      Issue.record("not a timestamp: \(String(describing: moment))")
      return
    }
  }

  @Test func `rows outside the scope are not found`() throws {
    for sql in [
      "UPDATE scoped_platform_integrations SET channel = 'x' WHERE external_id = 'd1'",
      "UPDATE scoped_platform_integrations SET channel = 'x' WHERE id = 3",
      "DELETE FROM scoped_platform_integrations WHERE platform = 'discord'",
    ] {
      #expect(try twitch.run(.of(sql), on: .generous).affectedRows == 0)
    }
    #expect(try channels() == ["twitch t1", "twitch t2", "discord d1"])
  }

  @Test(arguments: [
    "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES ('discord', 'd2')",
    "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES ('twitch', 't9'), ('discord', 'd2')",
    "INSERT OR IGNORE INTO scoped_platform_integrations (platform, external_id) VALUES ('discord', 'd2')",
    "INSERT OR FAIL INTO scoped_platform_integrations (platform, external_id) VALUES ('twitch', 't9'), ('discord', 'd2')",
    "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES ('Twitch', 't9')",
    "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES (x'747769746368', 't9')",
    "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES ('twitch ', 't9')",
    "INSERT OR REPLACE INTO scoped_platform_integrations (id, platform, external_id) VALUES (3, 'twitch', 't9')",
    "REPLACE INTO scoped_platform_integrations (id, platform, external_id) VALUES (3, 'discord', 'd1')",
    "UPDATE scoped_platform_integrations SET platform = 'discord'",
    "UPDATE scoped_platform_integrations SET platform = 'discord' WHERE id = 1",
    "UPDATE OR IGNORE scoped_platform_integrations SET platform = 'discord'",
    "UPDATE scoped_platform_integrations SET platform = NULL",
    "UPDATE OR REPLACE scoped_platform_integrations SET id = 3 WHERE id = 1",
    "UPDATE scoped_platform_integrations SET platform = upper(platform)",
    "INSERT INTO scoped_platform_integrations (platform, external_id) SELECT 'discord', 'd2'",
    "INSERT INTO events (type, source) VALUES ('x', 'backend-api')",
    "INSERT INTO events (type) VALUES ('takes the default, which is another source')",
    "INSERT OR IGNORE INTO events (type, source) VALUES ('x', 'backend-api')",
    "REPLACE INTO events (id, type, source) VALUES (1, 'x', 'twitch-trigger')",
  ])
  func `writing a row outside the scope is denied, and the statement has no effect`(_ sql: String) throws {
    try twitch.denial(of: sql)
    #expect(try channels() == ["twitch t1", "twitch t2", "discord d1"])
    #expect(try file.admin().scalar("SELECT count(*) FROM events") == .integer(1))
    // The same statement works on the table without restrictions, so only the scope denies it.
    let plain = sql.replacing("scoped_", with: "").replacing("= NULL", with: "= 'x'")
    let error = try TestFile().admin().attempt(plain)
    #expect(error == nil || error?.isUniqueViolation == true)
  }

  @Test(arguments: [
    "SELECT * FROM platform_integrations",
    "SELECT count(*) FROM platform_integrations",
    "SELECT channel FROM main.platform_integrations",
    "INSERT INTO platform_integrations (platform, external_id) VALUES ('twitch', 't9')",
    "UPDATE platform_integrations SET channel = 'x'",
    "DELETE FROM platform_integrations",
    "WITH scoped_platform_integrations AS (SELECT * FROM main.platform_integrations) SELECT * FROM scoped_platform_integrations",
    "DELETE FROM scoped_platform_integrations WHERE id IN (SELECT id FROM main.platform_integrations)",
    "UPDATE scoped_platform_integrations SET channel = (SELECT channel FROM main.platform_integrations WHERE id = 3)",
    "INSERT INTO scoped_platform_integrations (platform, external_id) SELECT 'twitch', channel FROM main.platform_integrations",
    "CREATE TEMP VIEW scoped_platform_integrations AS SELECT * FROM main.platform_integrations",
    "CREATE TEMP TABLE platform_integrations AS SELECT 1",
    "DROP VIEW temp.scoped_platform_integrations",
    "SELECT name FROM sqlite_temp_master",
  ])
  func `an account cannot bypass the view`(_ sql: String) throws {
    try twitch.denial(of: sql)
  }

  @Test func `an update through the view returns no row outside the scope`() throws {
    let rows = try twitch.rows("UPDATE scoped_platform_integrations SET channel = 'x' RETURNING platform")
    #expect(rows == [[.text("twitch")], [.text("twitch")]])
  }

  @Test func `error messages contain no secret names`() throws {
    for sql in [
      "SELECT nothing FROM scoped_platform_integrations",
      "SELECT * FROM platform_integrations",
      "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES ('twitch', 't1')",
      "INSERT INTO scoped_platform_integrations (platform) VALUES ('twitch')",
      "INSERT INTO scoped_platform_integrations VALUES (1)",
      "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES ('twitch', 't1') ON CONFLICT DO NOTHING",
    ] {
      let error = try #require(twitch.attempt(sql))
      #expect(!"\(error) \(error.detail ?? "")".contains("b_"), "\(error.detail ?? "")")
    }
  }
}

/// The attacks that the secret names of the inner view and the triggers prevent.
struct SecretNameTests {
  /// A session with known names, as if an attacker had obtained them.
  private func handle(of file: TestFile, _ token: String) throws -> (DatabaseHandle, Authorizer) {
    let handle = try DatabaseHandle(path: file.path, isCreating: false, limits: .restricted)
    let rights = SQLiteRights(tables: ["platform_integrations": .four(where: "platform", is: "twitch")])
    var number = 0
    var builder = ScopeBuilder(
      names: ScopedNames(makeToken: {
        number += 1
        return "\(token)\(number)"
      }))
    let columns = ["id", "platform", "external_id", "channel", "settings", "updated_at"].map {
      ScopeBuilder.ColumnInfo(name: $0, isNotNull: false, defaultSQL: nil, isPrimaryKey: $0 == "id")
    }
    let table = "platform_integrations"
    builder.add(table, rights: try #require(rights.tables[table]), columns: columns)
    for statement in builder.statements { try handle.execute(statement) }
    let rules = AccessRules(rights: rights, names: builder.names, knownRelations: [table])
    let authorizer = Authorizer(account: "twitch", rules: rules)
    authorizer.install(on: handle)
    return (handle, authorizer)
  }

  @Test func `a common table expression with the inner view's name reads every row`() throws {
    let file = try TestFile()
    let (handle, authorizer) = try handle(of: file, "known")
    let names = authorizer.rules.names.contexts.filter {
      $0.value == .innerView(base: "platform_integrations")
    }
    let name = try #require(names.keys.first)
    let rows = try handle.texts(
      "WITH \(name) AS (SELECT channel FROM main.platform_integrations) SELECT channel FROM \(name)")
    #expect(rows.contains(["secret-of-discord"]))
    // A guessed name does not work.
    #expect(throws: SQLiteFault.self) {
      try handle.texts(
        "WITH b_guess AS (SELECT channel FROM main.platform_integrations) SELECT channel FROM b_guess")
    }
    withExtendedLifetime(authorizer) {}
  }

  @Test func `names differ between sessions and cannot be guessed`() {
    let tokens = Set((0..<1_000).map { _ in ScopedNames.randomToken() })
    #expect(tokens.count == 1_000)
    #expect(tokens.allSatisfy { $0.utf8.count > 24 })
  }

  @Test func `without recursive triggers a replacement would delete a row outside the scope`() throws {
    let file = try TestFile()
    let sql =
      "INSERT OR REPLACE INTO scoped_platform_integrations (id, platform, external_id) VALUES (3, 'twitch', 't9')"
    let (handle, authorizer) = try handle(of: file, "known")
    _ = try handle.texts(
      sql.replacing("external_id)", with: "external_id, settings, updated_at)").replacing(
        "'t9')", with: "'t9', '{}', '')"))
    #expect(try file.admin().rows("SELECT 1 FROM platform_integrations WHERE platform = 'discord'").isEmpty)
    withExtendedLifetime(authorizer) {}

    let fresh = try TestFile()
    try fresh.session(as: TestFile.twitch).denial(of: sql)
  }
}
