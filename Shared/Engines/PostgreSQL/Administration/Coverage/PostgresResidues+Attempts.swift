import AccessManifest
import AccessProof

extension PostgresResidues {
  typealias Attempt = EscapeAttempts.Attempt

  static let names: [Attempt] = [
    Attempt(object: "catalog", verb: "read names of tables", sql: "SELECT relname FROM pg_class LIMIT 1"),
    Attempt(object: "catalog", verb: "read names of roles", sql: "SELECT rolname FROM pg_roles LIMIT 1"),
    Attempt(object: "catalog", verb: "read policies", sql: "SELECT qual FROM pg_policies LIMIT 1"),
  ]

  /// By the table's number, because its name needs a right on the schema.
  static let sizes: @Sendable (KnownResidue.Attacker) -> [Attempt] = { attacker in
    let table = attacker.manifest.owners.keys.min().map(PostgresSQL.literal) ?? "''"
    return [
      Attempt(
        object: "catalog", verb: "read a table's size",
        sql: "SELECT pg_relation_size(oid) FROM pg_class WHERE relname = \(table)"),
      Attempt(
        object: "catalog", verb: "read a table's row count",
        sql: "SELECT n_live_tup FROM pg_stat_all_tables WHERE relname = \(table)"),
      Attempt(
        object: "catalog", verb: "read the database's size",
        sql: "SELECT pg_database_size(current_database())"),
    ]
  }

  static let sessions: [Attempt] = [
    Attempt(object: "server", verb: "list sessions", sql: "SELECT usename FROM pg_stat_activity"),
    Attempt(object: "server", verb: "list locks", sql: "SELECT relation FROM pg_locks"),
  ]

  /// Through the key's index, so that the count of removed rows is that of one id. Only that index gives the order without
  /// a sort; an equality would need no order.
  ///
  /// An index on the policy's column and the key leaves no row for the filter to remove.
  static let existence: @Sendable (KnownResidue.HiddenRow) -> [Attempt] = { row in
    guard !row.isBehindIndex else { return [] }
    let key = PostgresSQL.identifier(row.key)
    return [
      Attempt(
        object: row.table, verb: "count removed rows",
        preparation: ["seqscan", "bitmapscan", "sort"].map { "SET LOCAL enable_\($0) = off" },
        sql: "EXPLAIN (ANALYZE, TIMING OFF) SELECT 1 FROM \(PostgresObject.table(row.table).qualified) "
          + "WHERE \(key) BETWEEN \(row.identity) AND \(row.identity) ORDER BY \(key)",
        finds: .text { plan in plan.contains { $0.contains("Rows Removed by Filter: 1") } })
    ]
  }

  /// In a transaction that is rolled back, neither has an effect.
  static let signals: [Attempt] = [
    Attempt(object: "server", verb: "listen", sql: "LISTEN bulkhead_probe"),
    Attempt(object: "server", verb: "notify", sql: "NOTIFY bulkhead_probe"),
    Attempt(object: "server", verb: "call pg_notify", sql: "SELECT pg_notify('bulkhead_probe', '')"),
  ]

  static let ownDefaults: @Sendable (KnownResidue.Attacker) -> [Attempt] = { attacker in
    [
      Attempt(
        object: attacker.account, verb: "set own defaults",
        sql: "ALTER ROLE \(PostgresSQL.identifier(attacker.account)) SET application_name = 'bulkhead-probe'")
    ]
  }

  static let locks: @Sendable (KnownResidue.Attacker) -> [Attempt] = { attacker in
    attacker.manifest.tables.filter { !$0.isView }.map(\.name).sorted()
      .filter { EscapeAttempts.mayLock($0, attacker.account, attacker.manifest) }
      .map { EscapeAttempts.lock($0) }
  }

  static let memory: [Attempt] = [
    Attempt(object: "server", verb: "raise its own memory", sql: "SET LOCAL work_mem = '1GB'")
  ]
}
