import AccessLint
import DataAccess

/// Reads the facts that the lint of the manifest takes from the catalog.
struct PostgresLintFacts {
  private let runner: any StatementRunner
  private let schemas: [String]

  /// Makes a reader of the tables in these schemas; pass a transaction that reads one snapshot, with short waits.
  init(_ runner: any StatementRunner, schemas: [String]) {
    self.runner = runner
    self.schemas = schemas
  }

  func read() async throws(DatabaseError) -> LiveAccessFacts {
    _ = try await rows(PostgresCatalogQueries.trustedNames)
    var facts = LiveAccessFacts()
    let limit = try await rows(Self.connections)
    facts.connections = Int(try limit.integer(0, 0))
    let tables = try await rows(tables)
    for row in 0..<tables.rowCount {
      let indexed = try tables.optionalText(row, 2)?.split(separator: " ").map(String.init) ?? []
      facts.tables[try tables.text(row, 0)] = LiveAccessFacts.Table(
        rows: Int(try tables.integer(row, 1)), indexed: Set(indexed))
    }
    let definers = try await rows(Self.looseDefiners)
    for row in 0..<definers.rowCount { facts.looseDefiners.append(try definers.text(row, 0)) }
    facts.wholeTableRights = try await rights(wholeTableRights)
    facts.idlePolicies = try await rights(idlePolicies)
    return facts
  }

  private func rights(_ sql: String) async throws(DatabaseError) -> [LiveAccessFacts.Right] {
    let rows = try await rows(sql)
    var found: [LiveAccessFacts.Right] = []
    for row in 0..<rows.rowCount {
      found.append(
        LiveAccessFacts.Right(
          account: try rows.text(row, 0), table: try rows.text(row, 1), name: try rows.text(row, 2)))
    }
    return found
  }

  private func rows(_ sql: String) async throws(DatabaseError) -> any ResultSet {
    try await runner.unsafeQuery(unsafeSQL: sql, label: "read the lint's facts", isRead: true)
  }

  /// PostgreSQL before 16 has no `reserved_connections`.
  private static let connections = """
    SELECT (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true), '0')::int)::bigint
    """

  private var ofTables: String {
    let names = schemas.map(PostgresSQL.literal).joined(separator: ", ")
    return "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN (\(names))"
  }

  /// The table as the manifest names it.
  private static let name = """
    CASE n.nspname WHEN \(PostgresSQL.literal(PostgresSQL.schema)) THEN c.relname::text
      ELSE n.nspname || '.' || c.relname END
    """

  /// Name, rows, and the first columns of the indexes. The planner's estimate is -1 before the first ANALYZE.
  private var tables: String {
    """
    SELECT \(Self.name), greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid), 0)::bigint,
      (SELECT string_agg(DISTINCT a.attname::text, ' ') FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL)
    \(ofTables) WHERE c.relkind IN ('r', 'p') ORDER BY 1
    """
  }

  /// A path that does not end with `pg_temp` has the caller's temporary tables before all others. Functions of extensions
  /// are the extension's.
  private static let looseDefiners = """
    SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s ~ '^search_path=(""|.*pg_temp"?)$')
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = p.tableoid AND e.objid = p.oid AND e.deptype = 'e')
    ORDER BY 1
    """

  /// Account, table, verb. A privilege of PUBLIC hides the column grant of each account.
  private var wholeTableRights: String {
    """
    SELECT DISTINCT pg_get_userbyid(k.grantee)::text, \(Self.name), lower(t.privilege_type)
    \(ofTables) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
    CROSS JOIN LATERAL aclexplode(c.relacl) t CROSS JOIN LATERAL aclexplode(a.attacl) k
    WHERE k.grantee <> 0 AND t.privilege_type = k.privilege_type AND t.grantee IN (k.grantee, 0) ORDER BY 1, 2, 3
    """
  }

  /// Account, table, policy.
  private var idlePolicies: String {
    """
    SELECT r.rolname::text, \(Self.name), p.polname::text
    \(ofTables) JOIN pg_policy p ON p.polrelid = c.oid JOIN pg_roles r ON r.oid = ANY (p.polroles)
    WHERE NOT EXISTS (
      SELECT FROM (VALUES ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) v(command, privilege)
      WHERE p.polcmd::text IN (v.command, '*') AND (has_table_privilege(r.oid, c.oid, v.privilege)
        OR v.privilege <> 'DELETE' AND has_any_column_privilege(r.oid, c.oid, v.privilege)))
    ORDER BY 1, 2, 3
    """
  }
}
