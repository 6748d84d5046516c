import AccessManifest
import AccessProof
import Schema

extension EscapeAttempts {
  /// The ways by which an account could learn about others without a right on their rows: statements, samples, estimates,
  /// sizes, locks. Those that PostgreSQL leaves open are known residues.
  static func channels(_ account: String, _ manifest: AccessManifest) -> [Attempt] {
    let tables = manifest.tables.filter { !$0.isView }.map(\.name).sorted()
    return [
      Attempt(
        object: "server", verb: "read statements of other accounts",
        sql: "SELECT query FROM pg_stat_activity WHERE usename <> current_user AND query <> '' "
          + "AND query <> '<insufficient privilege>'",
        finds: .rows),
      Attempt(
        object: "server", verb: "read samples of hidden columns",
        sql:
          "SELECT tablename, attname FROM pg_stats WHERE \(hiddenColumns(account, manifest, tables)) LIMIT 1",
        finds: .rows),
      Attempt(
        object: "server", verb: "read the size of the shared catalog",
        sql: "SELECT pg_tablespace_size('pg_global')"),
      Attempt(
        object: "server", verb: "reset statistics", sql: "SELECT pg_stat_reset_single_table_counters(0)"),
      Attempt(
        object: "server", verb: "lift the limit of temporary files", sql: "SET LOCAL temp_file_limit = -1"),
    ]
      + tables.filter { manifest.mayDo(account, .select, on: $0) == .denied }.map(explain)
      + tables.filter { !mayLock($0, account, manifest) }.map { lock($0) }
      + tables.flatMap { estimates($0, account, manifest) }
  }

  /// Whether a lock of the table that keeps writers out is within the account's rights. PostgreSQL looks for a right on
  /// the whole table, and not on columns.
  static func mayLock(_ table: String, _ account: String, _ manifest: AccessManifest) -> Bool {
    let grants = manifest.databaseAccount(named: account)?.grants.filter { $0.table == table } ?? []
    return grants.contains { grant in
      grant.verb == .delete
        || grant.verb == .update && grant.columns == .all && (manifest.isLive || grant.choosesIdentities)
    }
  }

  /// A lock that lets readers pass.
  static func lock(_ table: String) -> Attempt {
    Attempt(
      object: table, verb: "lock",
      sql: "LOCK TABLE \(PostgresObject.table(table).qualified) IN SHARE ROW EXCLUSIVE MODE")
  }

  private static func explain(_ table: String) -> Attempt {
    Attempt(
      object: table, verb: "explain", sql: "EXPLAIN SELECT 1 FROM \(PostgresObject.table(table).qualified)")
  }

  /// The columns of the fleet's tables that the account may not read, and all columns of tables with hidden rows.
  private static func hiddenColumns(
    _ account: String, _ manifest: AccessManifest, _ tables: [String]
  ) -> String {
    let readable = tables.compactMap { table -> String? in
      guard let grant = manifest.databaseAccount(named: account)?.grant(.select, on: table), grant.rows == nil
      else { return nil }
      let name = place(of: table)
      switch grant.columns {
      case .all: return "(\(name))"
      case .only(let columns):
        return "(\(name) AND attname IN (\(columns.map(PostgresSQL.literal).joined(separator: ", "))))"
      }
    }
    let all = tables.map { place(of: $0) }.joined(separator: " OR ")
    return "(\(all.isEmpty ? "false" : all))"
      + (readable.isEmpty ? "" : " AND NOT (\(readable.joined(separator: " OR ")))")
  }

  private static func place(of table: String) -> String {
    let object = PostgresObject.table(table)
    let schema = PostgresSQL.literal(object.schema ?? PostgresSQL.schema)
    return "(schemaname = \(schema) AND tablename = \(PostgresSQL.literal(object.name)))"
  }

  /// The value whose estimate is compared with that of another one. Rows of a trial hold it; no service writes it.
  static let sampleOfEstimates = "bulkhead-probe-estimate"

  /// For each column of a table with hidden rows: the planner must expect as many rows with one value as with another.
  private static func estimates(
    _ table: String, _ account: String, _ manifest: AccessManifest
  ) -> [Attempt] {
    guard let scope = manifest.databaseAccount(named: account)?.grant(.select, on: table)?.rows,
      let definition = manifest.tables.first(where: { $0.name == table })
    else { return [] }
    return definition.columns.filter { $0.name != scope.column && isText($0.type) }.map { column in
      let name = PostgresSQL.identifier(column.name)
      let reading = "SELECT 1 FROM \(PostgresObject.table(table).qualified) WHERE \(name) ="
      return Attempt(
        object: table, verb: "read estimates of \(column.name)",
        sql: "EXPLAIN \(reading) '\(sampleOfEstimates)' UNION ALL \(reading) 'bulkhead-probe-none'",
        finds: .text { Set(estimatesOfBranches($0)).count > 1 })
    }
  }

  private static func isText(_ type: ColumnType) -> Bool {
    switch type {
    case .varchar, .text: true
    case .bigint, .integer, .boolean, .char, .json, .timestamp, .date, .other: false
    }
  }

  /// The rows that the planner expects of each branch of a union.
  private static func estimatesOfBranches(_ plan: [String]) -> [Substring] {
    plan.filter { $0.hasPrefix("  ->") }.compactMap { line in
      line.split(separator: "rows=").last?.prefix { $0.isNumber }
    }
  }
}
