import DataAccess
import PostgresDriver
import SQLiteDriver
import Testing

@Suite struct SpellingTests {
  @Test(arguments: [
    ("users", "\"users\""), ("", "\"\""), ("a\"b", "\"a\"\"b\""), ("\"", "\"\"\"\""), ("`", "\"`\""),
  ])
  func `an identifier stands in quotation marks, and those in it are doubled`(name: String, sql: String) {
    #expect(Dialect.postgreSQL.quoted(name) == sql)
    #expect(Dialect.sqlite.quoted(name) == sql)
  }

  @Test func `an identifier has the dialect's own quotation marks`() {
    #expect(otherDialect.quoted("a`b\"c") == "`a``b\"c`")
  }

  @Test(arguments: [("it's", "'it''s'"), ("", "''"), ("'", "''''"), ("a\\b\"", "'a\\b\"'")])
  func `a literal stands in apostrophes, and those in it are doubled`(text: String, sql: String) {
    #expect(Dialect.postgreSQL.literal(text) == sql)
    #expect(Dialect.sqlite.literal(text) == sql)
  }

  @Test func `a combining accent does not hide a quotation mark`() {
    #expect(Array(Dialect.postgreSQL.quoted("a\"\u{301}b").utf8) == Array("\"a\"\"\u{301}b\"".utf8))
    #expect(Array(Dialect.postgreSQL.literal("a'\u{301}b").utf8) == Array("'a''\u{301}b'".utf8))
  }

  @Test func `a placeholder is numbered, or the same everywhere`() {
    #expect(Dialect.postgreSQL.placeholder(1) == "$1")
    #expect(Dialect.postgreSQL.placeholder(12) == "$12")
    #expect(Dialect.sqlite.placeholder(12) == "?")
  }
}
