import DataAccess
import DatabaseTestSupport
import Migrations
import TestSupport
import Testing

/// Databases that were not made here: the readers must read anything.
@Suite(.enabled(if: !MariaDBServer.hasMySQL, "`make test` runs it, on another server"))
struct ForeignSchemaTests {
  @Test func `the reader of PostgreSQL reads any kind of table, type and name`() async throws {
    let engine = LiveEngine.all[0]
    try await engine.withDatabase { database in
      try await database.byHand(Self.postgres)
      let live = try await engine.administration.liveSchema(in: database)
      let kinds = live.tables.map { "\($0.qualifiedName) \($0.kind)" }.sorted()
      #expect(kinds.contains { $0.hasPrefix("parted ") && $0.contains("a partitioned table") })
      #expect(kinds.contains { $0.hasPrefix("odd space.ta\"b,le ") })
      #expect(kinds.contains { $0.contains("a materialized view") })
      let odd = try #require(live.tables.first { $0.schema == "odd space" })
      #expect(odd.columns.map(\.name) == ["co\"l", "a,b", "select", "straße"])
      #expect(odd.uniqueKeys.map(\.columns) == [["a,b", "select"]])
      let kinded = try #require(live.table(named: "kinded"))
      #expect(
        kinded.columns.map(\.type) == [
          "public.mood", "integer[]", "public.positive", "numeric(10,2)", "bigint", "timestamp", "interval",
        ])
      #expect(kinded.column(named: "serial")?.defaultValue == "nextval('public.kinded_serial_seq')")
      #expect(
        live.table(named: "part_1")?.attachments == [LiveAttachment("parent table", name: "public.parted")])
      #expect(live.table(named: "part_1")?.traits == ["a partition"])
      let others = try await engine.check(database).others
      #expect(others.count == live.tables.count)
    }
  }

  private static let postgres = [
    "CREATE TYPE mood AS ENUM ('good', 'it''s bad')", "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    """
    CREATE TABLE kinded (state mood DEFAULT 'good', list integer[] DEFAULT ARRAY[1, 2], count positive,
      price numeric(10,2), serial bigserial, local timestamp, span interval,
      CHECK (CASE WHEN price > 0 THEN list[1] > 0 ELSE true END))
    """,
    "CREATE TABLE parted (id bigint, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
    "CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    "CREATE INDEX ON parted (day)", "CREATE TABLE child (extra text) INHERITS (kinded)",
    #"CREATE SCHEMA "odd space""#,
    #"""
    CREATE TABLE "odd space"."ta""b,le" ("co""l" text DEFAULT E'a\\b''c', "a,b" text, "select" text COLLATE "C",
      "straße" text GENERATED ALWAYS AS (upper("co""l")) STORED, UNIQUE ("a,b", "select"))
    """#,
    #"CREATE INDEX "i""x" ON "odd space"."ta""b,le" USING gin (to_tsvector('english', "co""l")) WHERE "select" <> ''"#,
    #"CREATE INDEX ON "odd space"."ta""b,le" ("a,b" text_pattern_ops DESC NULLS LAST) INCLUDE ("select")"#,
    "CREATE MATERIALIZED VIEW seen AS SELECT 1 AS one", "CREATE UNLOGGED TABLE quick (a integer)",
    "CREATE TABLE empty ()", "CREATE TEMPORARY TABLE users (id integer)",
  ]

  @Test func `the reader of SQLite reads any definition, and reports what it cannot read`() async throws {
    let engine = LiveEngine.all[1]
    try await engine.withDatabase { database in
      try await database.byHand([
        "CREATE TABLE [odd name] ([a b] INT, `c` VARCHAR (10) , 'd' DOUBLE PRECISION DEFAULT -1.5, e)",
        "CREATE TABLE copied AS SELECT 1 AS one, 'x' AS two",
        "CREATE TABLE child (parent REFERENCES top, a UNIQUE ON CONFLICT IGNORE, CHECK (a > 0) UNIQUE (a, parent))",
        "CREATE TABLE top (id INTEGER PRIMARY KEY ASC, x TEXT /* , y INT */ -- , z INT\n) STRICT",
        "CREATE VIRTUAL TABLE words USING fts5(body)", "CREATE VIEW broken AS SELECT * FROM nowhere",
        "CREATE INDEX odd ON top (x COLLATE NOCASE DESC) WHERE x IS NOT NULL",
      ])
      let live = try await engine.administration.liveSchema(in: database)
      let odd = try #require(live.table(named: "odd name"))
      #expect(odd.columns.map(\.name) == ["a b", "c", "d", "e"])
      #expect(odd.columns.map(\.type) == ["integer", "varchar(10)", "double precision", ""])
      #expect(odd.column(named: "d")?.defaultValue == "-1.5")
      #expect(live.table(named: "copied")?.columns.map(\.name) == ["one", "two"])
      #expect(live.table(named: "child")?.foreignKeys.map(\.summaryOfTarget) == ["top (id)"])
      #expect(live.table(named: "child")?.uniqueKeys.count == 2)
      #expect(live.table(named: "top")?.columns.map(\.name) == ["id", "x"])
      #expect(live.table(named: "top")?.traits == ["strict"])
      #expect(live.table(named: "top")?.indexes.map(\.keys) == [["x collate nocase desc"]])
      #expect(live.table(named: "words")?.kind == .other("a virtual table"))
      #expect(live.table(named: "broken")?.kind == .other("a view"))
    }
  }

  @Test func `the reader does not wait longer than its lock timeout`() async throws {
    let engine = LiveEngine.all[0]
    try await engine.withMigrated { database in
      try await database.session { session throws(DatabaseError) in
        _ = try await session.unsafeQuery(unsafeSQL: "BEGIN")
        _ = try await session.unsafeQuery(unsafeSQL: "LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        do throws(DatabaseError) {
          _ = try await engine.administration.liveSchema(in: database)
          Issue.record("the reader did not meet the lock")
        } catch {
          #expect(error.kind == .lockTimeout)
        }
        _ = try await session.unsafeQuery(unsafeSQL: "ROLLBACK")
      }
    }
  }
}

extension LiveForeignKey {
  fileprivate var summaryOfTarget: String { "\(table) (\(referencedColumns.joined(separator: ", ")))" }
}
