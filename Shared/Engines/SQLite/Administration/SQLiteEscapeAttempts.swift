import AccessManifest
import AccessProof
import DataAccess
import SQLiteDriver

extension EscapeAttempts {
  /// SQLite: statements that would let an account read or change the file beyond its rights.
  package static let sqlite = EscapeAttempts(
    changesRowsAtCursors: false, keepsIdentities: false, residues: SQLiteResidues.all
  ) { account, _, manifest in
    let scoped =
      manifest.databaseAccount(named: account)?.grants
      .filter { $0.rows != nil && $0.verb == .select }.map(\.table) ?? []
    return ofFile + manifest.owners.keys.sorted().flatMap(onTable) + scoped.sorted().flatMap(beneathView)
  }

  private static let ofFile: [Attempt] = [
    Attempt(object: "file", verb: "create table", sql: "CREATE TABLE bulkhead_probe (id integer)"),
    Attempt(
      object: "file", verb: "create temporary table",
      sql: "CREATE TEMPORARY TABLE bulkhead_probe (id integer)"),
    Attempt(object: "file", verb: "create view", sql: "CREATE VIEW bulkhead_probe AS SELECT 1 AS one"),
    Attempt(
      object: "file", verb: "create temporary view",
      sql: "CREATE TEMPORARY VIEW bulkhead_probe AS SELECT 1 AS one"),
    Attempt(object: "file", verb: "attach", sql: "ATTACH DATABASE ':memory:' AS bulkhead_probe"),
    Attempt(object: "file", verb: "set a pragma", sql: "PRAGMA writable_schema = 1"),
    Attempt(object: "file", verb: "read the schema", sql: "SELECT sql FROM sqlite_master LIMIT 1"),
    Attempt(object: "file", verb: "read the size", sql: "PRAGMA page_count"),
    Attempt(
      object: "file", verb: "explain a hidden table",
      sql: "EXPLAIN QUERY PLAN SELECT rights FROM bulkhead_rights"),
    Attempt(object: "file", verb: "load code", sql: "SELECT load_extension('bulkhead-probe')"),
    Attempt(object: "bulkhead_rights", verb: "select", sql: "SELECT rights FROM bulkhead_rights LIMIT 1"),
    Attempt(
      object: "bulkhead_rights", verb: "update", sql: "UPDATE bulkhead_rights SET rights = '{}' WHERE 0"),
    Attempt(object: "bulkhead_rights", verb: "delete", sql: "DELETE FROM bulkhead_rights WHERE 0"),
  ]

  private static func onTable(_ table: String) -> [Attempt] {
    let name = Dialect.sqlite.quoted(table)
    return [
      Attempt(object: table, verb: "alter", sql: "ALTER TABLE \(name) ADD COLUMN bulkhead_probe integer"),
      Attempt(object: table, verb: "drop", sql: "DROP TABLE \(name)"),
      Attempt(object: table, verb: "create index", sql: "CREATE INDEX bulkhead_probe ON \(name) (id)"),
      Attempt(
        object: table, verb: "create trigger",
        sql: "CREATE TRIGGER bulkhead_probe BEFORE DELETE ON \(name) BEGIN SELECT 1; END"),
    ]
  }

  /// An account with a row scope reads a view. The driver denies the table beneath, even to a query that reuses the
  /// view's name.
  private static func beneathView(_ table: String) -> [Attempt] {
    let name = Dialect.sqlite.quoted(table)
    let view = Dialect.sqlite.quoted("scoped_\(table)")
    return [
      Attempt(object: table, verb: "read beneath the view", sql: "SELECT 1 FROM main.\(name) LIMIT 1"),
      Attempt(
        object: table, verb: "borrow the view's name",
        sql: "WITH \(view) AS (SELECT * FROM main.\(name)) SELECT 1 FROM \(view) LIMIT 1"),
      Attempt(object: table, verb: "write beneath the view", sql: "DELETE FROM main.\(name) WHERE 0"),
    ]
  }
}
