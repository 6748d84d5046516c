import DataAccess
import Migrations

/// Compares the identities of the fleet's own schema with the rows: after a restore of the data alone, or an insert with
/// keys of its own, a sequence can stand behind the rows. Each new row then fails until the sequence has passed them.
struct PostgresIdentities {
  private let runner: any StatementRunner

  /// Pass a transaction with short waits for locks.
  init(_ runner: any StatementRunner) {
    self.runner = runner
  }

  /// The identities whose next value is not above the largest key. A key that is not indexed is left out: reading it
  /// would scan the table. So is a table that the account may not read: `access verify` reports that.
  func behindRows() async throws(DatabaseError) -> [SchemaDifference] {
    _ = try await query(PostgresCatalogQueries.trustedNames)
    let identities = try await query(Self.ascending)
    var found: [SchemaDifference] = []
    for row in 0..<identities.rowCount {
      let (table, column) = (try identities.text(row, 0), try identities.text(row, 1))
      let next = try identities.integer(row, 2)
      let key = PostgresSQL.identifier(column)
      let name = "\(PostgresSQL.identifier(PostgresSQL.schema)).\(PostgresSQL.identifier(table))"
      let rows = try await query("SELECT max(\(key))::bigint FROM ONLY \(name)")
      guard rows.rowCount == 1, !rows.isNull(0, 0) else { continue }
      let largest = try rows.integer(0, 0)
      guard largest >= next else { continue }
      found.append(
        SchemaDifference(
          .different, table: table, column: column,
          "the identity's next value is \(next), and a row has \(largest) already"))
    }
    return found
  }

  private func query(_ sql: String) async throws(DatabaseError) -> any ResultSet {
    try await runner.unsafeQuery(unsafeSQL: sql, label: "read the identities", isRead: true)
  }

  /// table, column, next value of identities that count upwards.
  private static let ascending = """
    SELECT c.relname::text, a.attname::text, coalesce(l.value
      + CASE WHEN l.value > q.seqmax - q.seqincrement THEN 0 ELSE q.seqincrement END, q.seqstart)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_depend p ON p.refclassid = 'pg_class'::regclass AND p.refobjid = c.oid AND p.refobjsubid = a.attnum
      AND p.classid = 'pg_class'::regclass AND p.deptype = 'i'
    JOIN pg_sequence q ON q.seqrelid = p.objid
    CROSS JOIN LATERAL (SELECT pg_sequence_last_value(q.seqrelid) AS value) l
    WHERE a.attidentity <> '' AND NOT a.attisdropped AND q.seqincrement > 0 AND c.relkind = 'r'
      AND c.relnamespace = '\(PostgresSQL.schema)'::regnamespace
      AND has_column_privilege(c.oid, a.attnum, 'SELECT') AND has_sequence_privilege(q.seqrelid, 'SELECT')
      AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indkey[0] = a.attnum
        AND i.indpred IS NULL)
    ORDER BY c.relname
    """
}
