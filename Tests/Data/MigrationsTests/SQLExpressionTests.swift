import Testing

@testable import Migrations

/// Two spellings of one expression become equal texts, and two expressions never do.
@Suite struct SQLExpressionTests {
  @Test(arguments: [
    (
      "(role)::text = ANY ((ARRAY['member'::character varying, 'operator'::character varying])::text[])",
      #""role" IN ('member', 'operator')"#
    ),
    ("((status)::text <> ALL (ARRAY['a'::text, 'b'::text]))", "status NOT IN ('a', 'b')"),
    ("(status = 'a'::text)", "status IN ('a')"),
    ("((a >= 1) AND (a <= 10))", "a BETWEEN 1 AND 10"),
    ("(length((email)::text) <= 255)", #"LENGTH("email") <= 255"#),
    ("now()", "CURRENT_TIMESTAMP"),
    ("'-1'::integer", "-1"),
    ("((a OR b) AND (NOT c))", "(a or b) and not c"),
    ("(a AND (b AND c))", "a AND b AND c"),
    ("(revoked_at IS NOT NULL)", "revoked_at IS NOT NULL"),
    ("(name ~~ 'x%'::text)", "name LIKE 'x%'"),
    ("(strftime('%Y', 'now') || '000')", #"strftime ( '%Y' , 'now' )||'000' -- comment"#),
    ("pg_catalog.lower(x)", "LOWER(x)"), ("CAST(x AS bigint)", "x::int8"),
    ("'it''s'::text", "'it''s'"), (#"E'a\\b'"#, #"'a\b'"#),
  ])
  func `spellings of one expression are equal`(_ first: String, _ second: String) {
    #expect(SQLExpression.canonical(first) == SQLExpression.canonical(second))
  }

  @Test(arguments: [
    ("role IN ('a', 'b')", "role IN ('a', 'b', 'c')"), ("role IN ('a', 'b')", "role NOT IN ('a', 'b')"),
    ("a OR b AND c", "(a OR b) AND c"), ("NOT a AND b", "NOT (a AND b)"), ("a - b - c", "a - (b - c)"),
    ("a + b * c", "(a + b) * c"), ("a::bigint", "a::integer"), ("a IS NULL", "a IS NOT NULL"),
    ("'a b'", "'a  b'"), (#""A""#, "a"), ("'a'", "a"), ("f(a, b)", "f(b, a)"),
    ("CASE WHEN a THEN 1 END", "CASE WHEN a THEN 2 END"), ("a < b", "a <= b"), ("-a", "a"),
    ("a BETWEEN 1 AND 2", "NOT a BETWEEN 1 AND 2"), ("a = b = c", "a = (b = c)"),
    ("a COLLATE nocase = b", "a = b"), ("a = ANY (b)", "a = ALL (b)"), ("a || b", "a | b"),
  ])
  func `different expressions stay different`(_ first: String, _ second: String) {
    #expect(SQLExpression.canonical(first) != SQLExpression.canonical(second))
  }

  @Test func `no text stops the readers`() {
    var generator = SystemRandomNumberGenerator()
    let pieces = [
      "a", "\"b c\"", "'t'", "1", "(", ")", ",", "and", "not", "in", "between", "::", "text", "=", "any",
      "array[",
      "]", "||", "-", ".", "is", "null", "case", "--", "/*", "collate", "cast(", "as", "like", "'", "\"", "é",
    ]
    for _ in 0..<5_000 {
      let text = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in pieces.randomElement() ?? "" }
        .joined(separator: " ")
      // No text may stop the process.
      _ = SQLExpression.canonical(text)
      _ = SQLTableReader.table("CREATE TABLE t (\(text))", home: nil)
      _ = SQLIndexReader.index("CREATE INDEX i ON t (\(text)) WHERE \(text)")
      _ = SQLTypeName.canonical(text)
    }
  }
}
