import DataAccess

extension DefinitionCapabilities {
  /// PostgreSQL 14 and newer: https://www.postgresql.org/docs/current/sql-altertable.html, "Notes".
  static let postgreSQL = DefinitionCapabilities(
    engine: PostgresEngine().name, tableChanges: .alter,
    onlineIndexes: OnlineIndexes(
      keyword: "CONCURRENTLY",
      state: """
        SELECT i.indisvalid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        WHERE c.relname = $1 AND c.relnamespace = current_schema()::regnamespace
        """),
    lockWaits: LockWaits(
      limit: { "SET LOCAL lock_timeout = '\($0)ms'" }, holders: holders,
      prepared: "pg_prepared_xacts lists them, and ROLLBACK PREPARED or COMMIT PREPARED ends one",
      sessionNumber: "SELECT pg_backend_pid()", activity: activity),
    dropGuard: .lock { "LOCK TABLE \($0) IN SHARE ROW EXCLUSIVE MODE" },
    // The server checks this often that the tool's end of the connection is there, and else ends its statement.
    sessionSettings: ["SET client_connection_check_interval = '\(connectionCheckSeconds)s'"])

  private static let connectionCheckSeconds = 2

  /// A transaction that was prepared for a two-phase commit holds its locks without a session.
  private static let prepared = """
    'prepared transaction ' || quote_literal(p.gid) || ' of ' || p.owner || ' (since '
    || round(extract(epoch FROM clock_timestamp() - p.prepared))
    || ' s; end it with COMMIT PREPARED or ROLLBACK PREPARED)'
    """

  /// The locks with their holders. A prepared transaction has no process, so its lock on its own number leads to it.
  private static let locks = """
    pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
    LEFT JOIN pg_catalog.pg_locks x ON l.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid'
    AND x.virtualtransaction = l.virtualtransaction
    LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = x.transactionid
    """

  /// The server hides the age of a statement from roles that may not read the statistics of all.
  private static let session = """
    coalesce(a.usename, a.backend_type, 'an unknown role') || ' (pid ' || coalesce(a.pid::text, 'unknown')
    || coalesce(', ' || nullif(a.application_name, ''), '')
    || coalesce(', statement of ' || round(extract(epoch FROM clock_timestamp() - a.query_start)) || ' s', '')
    || ')'
    """

  private static let holders = """
    SELECT c.relname::text, coalesce(\(prepared), \(session))
    FROM \(locks) JOIN pg_catalog.pg_class c ON c.oid = l.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
    AND CASE WHEN $1::text IS NULL THEN c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%'
      ELSE c.oid = to_regclass(quote_ident($1)) END
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    GROUP BY 1, 2
    ORDER BY min(array_position(ARRAY['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock',
      'ShareUpdateExclusiveLock', 'RowExclusiveLock', 'RowShareLock', 'AccessShareLock'], l.mode)), 2, 1
    LIMIT 3
    """

  private static let activity = """
    SELECT concat_ws(', ',
      (SELECT phase || coalesce(' ' || round(100.0 * blocks_done / nullif(blocks_total, 0)) || ' %', '')
       FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1::int LIMIT 1),
      (SELECT 'the commit is stored here and waits for a synchronous standby (synchronous_standby_names)'
       FROM pg_catalog.pg_stat_activity WHERE pid = $1::int AND wait_event = 'SyncRep'),
      (SELECT 'waiting for ' || string_agg(\(session), ', ')
       FROM pg_catalog.pg_stat_activity a WHERE a.pid = ANY (pg_blocking_pids($1::int))),
      (SELECT 'waiting for ' || string_agg(\(prepared), ', ') FROM pg_catalog.pg_prepared_xacts p
       WHERE p.database = current_database() AND 0 = ANY (pg_blocking_pids($1::int))))
    """

  /// The sessions whose lock on the table conflicts with SHARE UPDATE EXCLUSIVE, with what the lock is for. Only a change of
  /// rights takes SHARE ROW EXCLUSIVE.
  fileprivate static func lockHolders(of table: String) -> String {
    """
    SELECT DISTINCT CASE l.mode WHEN 'ShareRowExclusiveLock' THEN 'a rights change (`access apply`) of ' ELSE '' END
    || coalesce(\(prepared), \(session)) FROM \(locks)
    WHERE l.relation = to_regclass('\(table)') AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
    AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) LIMIT 3
    """
  }
}

extension SessionLock {
  /// A table lock that conflicts with itself and with the lock of `access apply`, and not with reads or with new rows.
  /// It needs UPDATE, DELETE or TRUNCATE on the record of migrations, which no account of a service has. An advisory
  /// lock would be open to every account of a database whose functions are not closed.
  static let migrations = SessionLock.transaction(
    settings: ["SET idle_in_transaction_session_timeout = 0", "SET lock_timeout = '1s'"],
    take: "LOCK TABLE schema_migrations IN SHARE UPDATE EXCLUSIVE MODE NOWAIT",
    // A select in a transaction keeps its snapshot until the session's next statement.
    check: "SET LOCAL idle_in_transaction_session_timeout = 0",
    holders: DefinitionCapabilities.lockHolders(of: "schema_migrations"))
}
