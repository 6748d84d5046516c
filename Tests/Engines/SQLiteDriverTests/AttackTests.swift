import DataAccess
import Glibc
import Testing

@testable import SQLiteDriver

/// Attempts to read or change data without a right. Each test first shows that the statement works without
/// restrictions, so that its denial is significant.
struct AttackTests {
  struct Attack: Sendable, CustomTestStringConvertible {
    let account: String
    let sql: String
    var testDescription: String { "\(account): \(sql)" }

    init(_ account: String, _ sql: String) {
      self.account = account
      self.sql = sql
    }
  }

  static let readingTables = [
    "SELECT * FROM users",
    "SELECT email FROM main.users",
    "SELECT email FROM \"users\"",
    "SELECT email FROM USERS",
    "SELECT count(*) FROM users",
    "SELECT count(*) FROM UsErS",
    "SELECT 1 FROM users",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM users)",
    "SELECT 1 WHERE (1, 'ann@example.com', 'hash-of-ann', 1) IN users",
    "SELECT (SELECT password FROM users LIMIT 1)",
    "SELECT rowid FROM users",
    "WITH u AS (SELECT * FROM users) SELECT * FROM u",
    "WITH events AS (SELECT * FROM users) SELECT * FROM events",
    "WITH RECURSIVE u (n) AS (SELECT password FROM users UNION SELECT n FROM u) SELECT n FROM u",
    "SELECT id FROM events UNION ALL SELECT password FROM users",
    "SELECT id FROM events ORDER BY (SELECT password FROM users LIMIT 1)",
    "SELECT id FROM events LIMIT (SELECT length(password) FROM users LIMIT 1)",
    "SELECT row_number() OVER (ORDER BY password) FROM users",
    "SELECT value FROM users, json_each(json_array(users.password))",
    "SELECT json_group_array(password) FROM users",
    "SELECT e.id FROM events e LEFT JOIN users u ON u.password LIKE 'h%'",
    "SELECT password FROM users INDEXED BY sqlite_autoindex_users_1 WHERE email = 'ann@example.com'",
    "VALUES ((SELECT password FROM users LIMIT 1))",
    "INSERT INTO events (type, source) SELECT password, 'connector' FROM users",
    "INSERT INTO events (type, source) VALUES ((SELECT password FROM users LIMIT 1), 'connector')",
    "UPDATE platform_integrations SET channel = (SELECT password FROM users LIMIT 1)",
    "UPDATE platform_integrations SET channel = u.password FROM users u WHERE u.id = 1",
    "DELETE FROM platform_integrations WHERE EXISTS (SELECT 1 FROM users WHERE password LIKE 'hash%')",
    "INSERT INTO platform_integrations (platform, external_id) VALUES ('x', 'y') RETURNING (SELECT password FROM users)",
    """
    INSERT INTO platform_integrations (platform, external_id) VALUES ('twitch', 't1')
    ON CONFLICT DO UPDATE SET channel = (SELECT password FROM users LIMIT 1)
    """,
    "SELECT rights FROM bulkhead_rights",
    "SELECT seq FROM sqlite_sequence",
  ].map { Attack(TestFile.connector, $0) }

  static let readingColumns = [
    "SELECT * FROM users",
    "SELECT id, email FROM users",
    "SELECT id FROM users WHERE password LIKE 'hash%'",
    "SELECT id FROM users ORDER BY email",
    "SELECT count(*) FROM users GROUP BY email",
    "SELECT max(password) FROM users",
    "SELECT count(email) FROM users",
    "SELECT count(*) FILTER (WHERE email > 'b') FROM users",
    "SELECT sum(id) OVER (PARTITION BY email) FROM users",
    "SELECT u.id FROM users u JOIN events e ON u.email = e.type",
    "SELECT id FROM users u WHERE EXISTS (SELECT 1 WHERE u.password IS NOT NULL)",
    "SELECT id, CASE WHEN email > 'b' THEN 1 END FROM users",
    "SELECT \"email\" FROM users",
    "SELECT `password` FROM users",
    "SELECT [password] FROM users",
    "SELECT users.EMAIL FROM users",
    "SELECT email FROM (SELECT * FROM users)",
    "SELECT id FROM users WHERE (id, email) = (1, 'ann@example.com')",
    "SELECT id FROM users WHERE email IN ('ann@example.com')",
    "SELECT json_object('e', email) FROM users",
    "SELECT value FROM users, json_each('[\"' || password || '\"]')",
  ].map { Attack(TestFile.analytics, $0) }

  static let writing =
    [
      "INSERT INTO users (email, password) VALUES ('eve', 'x')",
      "UPDATE users SET active = 0",
      "DELETE FROM users WHERE id = 2",
      "INSERT INTO events (type) VALUES ('x')",
      "UPDATE events SET type = 'x'",
      "DELETE FROM events",
      "REPLACE INTO events (id, type) VALUES (1, 'x')",
    ].map { Attack(TestFile.analytics, $0) }
    + [
      "UPDATE events SET type = 'x'",
      "DELETE FROM events",
      "UPDATE platform_integrations SET platform = 'x' WHERE id = 1",
      "UPDATE platform_integrations SET (channel, platform) = ('a', 'x') WHERE id = 1",
      """
      INSERT INTO platform_integrations (platform, external_id) VALUES ('twitch', 't1')
      ON CONFLICT DO UPDATE SET external_id = 'x'
      """,
      "DELETE FROM users WHERE id = 2",
      "INSERT INTO bulkhead_rights (account, rights) VALUES ('eve', '{}')",
      "UPDATE bulkhead_rights SET rights = '{}'",
      "UPDATE sqlite_sequence SET seq = 0",
    ].map { Attack(TestFile.connector, $0) }
    + [
      "REPLACE INTO ledger (id, name) VALUES (1, 'forged')",
      "INSERT OR REPLACE INTO ledger (id, name) VALUES (2, 'first')",
      "INSERT INTO ledger (id, name) VALUES (1, 'x') ON CONFLICT DO UPDATE SET name = 'forged'",
      "UPDATE ledger SET name = 'forged'",
      "DELETE FROM ledger",
      "SELECT * FROM events",
      "INSERT INTO events (type, source) VALUES ('x', 'backend-api') RETURNING id",
    ].map { Attack(TestFile.backend, $0) }

  static let administering = [
    "CREATE TABLE mine (id integer)",
    "CREATE TEMP TABLE mine (id integer)",
    "CREATE TEMP TABLE mine AS SELECT * FROM users",
    "CREATE VIEW mine AS SELECT * FROM users",
    "CREATE TEMP VIEW mine AS SELECT * FROM users",
    "CREATE TEMP VIEW users AS SELECT 1 AS id",
    "CREATE TRIGGER mine AFTER INSERT ON events BEGIN SELECT 1; END",
    "CREATE TEMP TRIGGER mine AFTER INSERT ON main.events BEGIN UPDATE users SET active = 0; END",
    "CREATE INDEX mine ON users (password)",
    "CREATE VIRTUAL TABLE temp.mine USING fts5(body)",
    "DROP TABLE ledger",
    "ALTER TABLE users ADD COLUMN x text",
    "ALTER TABLE events RENAME TO e",
    "ANALYZE",
    "REINDEX",
    "PRAGMA table_info(users)",
    "PRAGMA table_list",
    "PRAGMA query_only = OFF",
    "PRAGMA recursive_triggers = OFF",
    "PRAGMA writable_schema = ON",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA user_version = 7",
    "SELECT name FROM pragma_table_list",
    "SELECT count(*) FROM pragma_table_list",
    "SELECT name FROM pragma_table_info('users')",
    "SELECT name FROM pragma_function_list",
    "SELECT sql FROM sqlite_schema",
    "SELECT sql FROM sqlite_master",
    "SELECT count(*) FROM sqlite_schema",
    "SELECT name FROM sqlite_temp_schema",
    "SELECT sql FROM temp.sqlite_master",
    "SELECT count(*) FROM sqlite_temp_master",
    "SELECT name FROM dbstat",
    "SELECT count(*) FROM dbstat",
    "EXPLAIN SELECT 1",
    "EXPLAIN QUERY PLAN SELECT 1",
    "SELECT sqlite_version()",
    "SELECT sqlite_compileoption_get(0)",
  ]

  @Test(arguments: readingTables + readingColumns + writing)
  func `a statement without a right is denied, and works without the restriction`(
    _ attack: Attack
  ) throws {
    let file = try TestFile()
    #expect(try file.admin().attempt(attack.sql) == nil)

    let fresh = try TestFile()
    let denial = try fresh.session(as: attack.account).denial(of: attack.sql)
    #expect(denial.account == attack.account)
  }

  @Test(arguments: administering)
  func `a restricted account may read or change nothing but rows`(_ sql: String) throws {
    let file = try TestFile()
    #expect(try file.admin().attempt(sql) == nil)

    let fresh = try TestFile()
    for account in [TestFile.connector, TestFile.twitch, TestFile.analytics] {
      try fresh.session(as: account).denial(of: sql)
    }
  }

  @Test(arguments: ["ATTACH DATABASE ':memory:' AS other", "VACUUM INTO '%'", "VACUUM"])
  func `no other file can be read or written`(_ pattern: String) throws {
    let file = try TestFile()
    let sql = pattern.replacing("%", with: file.directory + "/copy.db")
    try file.session(as: TestFile.connector).denial(of: sql)
    #expect(try file.admin().attempt(sql) == nil)
    #expect(TestFile.remove(file.directory + "/copy.db") || pattern != "VACUUM INTO '%'")
  }

  @Test(arguments: [
    "SELECT load_extension('/tmp/x.so')", "SELECT fts3_tokenizer('simple')", "SELECT edit('x')",
    "SELECT readfile('/etc/passwd')", "SELECT writefile('/tmp/x', 'y')", "SELECT sqlite_log(1, 'x')",
  ])
  func `dangerous functions cannot be called`(_ sql: String) throws {
    // A library without the function reports that instead; in both cases the function does not run.
    let error = try TestFile().session(as: TestFile.connector).attempt(sql)
    #expect(error?.isPermissionDenied == true || error?.detail?.contains("no such function") == true)
  }

  @Test func `a denial names account, verb, table and column`() throws {
    let file = try TestFile()
    #expect(
      try file.session(as: TestFile.analytics).denial(of: "SELECT email FROM users")
        == PermissionDenial(account: TestFile.analytics, verb: .select, table: "users", column: "email"))
    #expect(
      try file.session(as: TestFile.connector).denial(of: "DELETE FROM users")
        == PermissionDenial(account: TestFile.connector, verb: .delete, table: "users"))
    #expect(
      try file.session(as: TestFile.connector).denial(of: "UPDATE platform_integrations SET platform = 'x'")
        == PermissionDenial(
          account: TestFile.connector, verb: .update, table: "platform_integrations", column: "platform"))
    #expect(
      try file.session(as: TestFile.backend).denial(
        of: "INSERT INTO events (type, source) VALUES ('x', 'connector')")
        == PermissionDenial(account: TestFile.backend, verb: .insert, table: "events", column: "source"))
  }

  @Test(arguments: [
    ("SELECT email FROM users", "permission denied: analytics-ro may not select users.email"),
    ("DELETE FROM events", "permission denied: analytics-ro may not delete events"),
    ("EXPLAIN SELECT 1", "permission denied: EXPLAIN reveals names that the account may not read"),
    (
      "SELECT 1 USING",
      "permission denied: USING joins columns without a check of rights; use ON, and bind values"
    ),
  ])
  func `a denial's detail describes the denied access`(_ sql: String, _ words: String) throws {
    #expect(try TestFile().session(as: TestFile.analytics).attempt(sql)?.detail == words)
  }

  @Test func `an account can use all its rights`() throws {
    let file = try TestFile()
    let connector = try file.session(as: TestFile.connector)
    #expect(try connector.rows("SELECT count(*) FROM events").first == [.integer(1)])
    #expect(
      try connector.rows("WITH c AS (SELECT id FROM events) SELECT count(*) FROM c").first == [.integer(1)])
    #expect(try connector.rows("SELECT value FROM json_each('[7]')") == [[.integer(7)]])
    #expect(try connector.rows("SELECT count(*) FROM json_tree('[7]')") == [[.integer(2)]])
    #expect(
      try connector.rows("INSERT INTO events (type) VALUES ('x') RETURNING id, source")
        == [[.integer(2), .text("connector")]])
    let analytics = try file.session(as: TestFile.analytics)
    #expect(
      try analytics.rows("SELECT id, active FROM users WHERE rowid = 1") == [[.integer(1), .boolean(true)]])
    #expect(try analytics.rows("SELECT count(*) FROM users") == [[.integer(2)]])
    let backend = try file.session(as: TestFile.backend)
    #expect(try backend.rows("INSERT INTO ledger (name) VALUES ('second') RETURNING id") == [[.integer(2)]])
    #expect(try backend.rows("UPDATE users SET active = 0 WHERE id = 2 RETURNING email").count == 1)
  }
}

extension TestFile {
  static func remove(_ path: String) -> Bool { Glibc.unlink(path) == 0 }
}
