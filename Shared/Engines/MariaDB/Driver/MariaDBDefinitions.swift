import DataAccess

extension DefinitionCapabilities {
  /// Since MariaDB 10.6 and MySQL 8.0, a statement that changes a definition takes effect as a whole or not at all:
  /// https://mariadb.com/kb/en/atomic-ddl/, https://dev.mysql.com/doc/refman/9.4/en/atomic-ddl.html.
  static let mariaDB = DefinitionCapabilities(
    engine: MariaDBEngine().name,
    tableChanges: .modify(
      online: "ALGORITHM=INPLACE, LOCK=NONE", onlineIndex: "ALGORITHM=INPLACE LOCK=NONE",
      references: referenceIndexes),
    onlineIndexes: nil,
    lockWaits: LockWaits(
      limit: { milliseconds in
        // The server counts in seconds.
        let seconds = max(1, (milliseconds + 999) / 1_000)
        return "SET SESSION lock_wait_timeout = \(seconds), innodb_lock_wait_timeout = \(seconds)"
      },
      holders: holders, prepared: prepared,
      sessionNumber: "SELECT connection_id()", activity: activity),
    dropGuard: .rename { "RENAME TABLE \($0) TO \($1)" }, sessionSettings: [], hasPartialIndexes: false,
    repetition: repetition,
    widerWaits: changesOfClusters, members: members)

  /// A node that the others have voted out, because it or they could not execute a change, has no addresses at all. MySQL has
  /// no such clusters.
  private static let members = """
    SELECT /*M! (SELECT if(s.variable_value = '', 0, 1 + length(s.variable_value)
        - length(replace(s.variable_value, ',', '')))
      FROM information_schema.global_status s JOIN information_schema.global_variables v
      WHERE s.variable_name = 'WSREP_INCOMING_ADDRESSES'
        AND v.variable_name = 'WSREP_ON' AND v.variable_value = 'ON') *//*!80017 NULL */
    """

  /// From so many rows on, a change of a table is reported before it runs on a cluster.
  static let longChangeRows = 100_000

  /// A node of a Galera cluster executes a change at its place in the order of all transactions, and so does every other
  /// node: each keeps its writes waiting meanwhile. MySQL has no such clusters.
  private static let changesOfClusters = """
    SELECT /*M! concat(t.table_name, ' has about ', t.table_rows,
      ' rows, and every write of the cluster waits while it changes (docs/database.md says how to avoid it)')
    FROM information_schema.tables t JOIN information_schema.global_variables v
    WHERE t.table_schema = database() AND t.table_name = ? AND t.table_rows >= \(longChangeRows)
      AND v.variable_name = 'WSREP_ON' AND v.variable_value = 'ON' */
    /*!80017 'none' FROM information_schema.tables WHERE table_name = ? AND table_schema IS NULL */
    """

  /// MySQL has no words for an index that may be missing. There, an index that took a served key over from another one
  /// remains, under the name of the key.
  private static let referenceIndexes = ReferenceIndexes(
    adding: "ADD INDEX /*M! IF NOT EXISTS */",
    dropping: { name, isServed in
      isServed
        ? ["DROP FOREIGN KEY \(name) /*M! , DROP INDEX IF EXISTS \(name) */"]
        : ["DROP FOREIGN KEY \(name)", "DROP INDEX /*M! IF EXISTS */ \(name)"]
    })

  /// 1050 table exists, 1051 unknown table, 1054 unknown column, 1060 column exists, 1061 index exists, 1091 nothing to
  /// drop, 1176 no index to rename, 1826 constraint exists, 1005 foreign key exists. Some have other reasons too: 1005 is the
  /// number of every table that cannot be made.
  private static let repetition = DefinitionRepetition(
    codes: ["1005", "1050", "1051", "1054", "1060", "1061", "1091", "1176", "1826"],
    indexExists: """
      SELECT 1 FROM information_schema.statistics
      WHERE table_schema = database() AND table_name = ? AND index_name = ? LIMIT 1
      """,
    constraintExists: """
      SELECT 1 FROM information_schema.table_constraints
      WHERE constraint_schema = database() AND table_name = ? AND constraint_name = ? LIMIT 1
      """)

  /// What outlives its session with the locks.
  private static let prepared = "XA RECOVER lists them, and XA ROLLBACK or XA COMMIT ends one"

  /// The host of an account ends with the number of the client's port.
  private static let session = """
    concat(p.user, '@', p.host, ' (session ', p.id, ', ', if(p.command = 'Sleep', 'idle', 'running'), ' for ',
      p.time, ' s)')
    """

  /// The server shows no table of a lock, so the holders are the transactions. Needs PROCESS. A session needs no database of
  /// its own to hold a table of ours: it may have none, or one that every account can choose. A transaction that a client
  /// prepared and left has no session: its number is 0.
  private static let holders = """
    SELECT cast(? AS char), if(t.trx_mysql_thread_id = 0,
      concat('a transaction without a session, begun at ', t.trx_started, ' (a prepared one: \(prepared))'), \(session))
    FROM information_schema.innodb_trx t
    LEFT JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
    WHERE t.trx_mysql_thread_id = 0 OR (p.id <> connection_id() AND coalesce(p.db, database()) IN
      (database(), 'information_schema', 'performance_schema', 'sys', 'mysql'))
    ORDER BY t.trx_started, p.id LIMIT 3
    """

  private static let activity = """
    SELECT concat_ws(', ', nullif(state, '')
      /*M! , if(max_stage > 0, concat('stage ', stage, ' of ', max_stage, ', ', round(progress), ' %'), NULL) */)
    FROM information_schema.processlist WHERE id = ?
    """
}

extension MigrationClaim {
  /// A row in a table on which no service has a right. On its own node a run is alive while its session has the lock of
  /// that name; the token is in the table alone, so no other account can take that lock. Another node of a cluster does
  /// not see the lock, and watches whether the row is renewed: the nodes' clocks may differ.
  static let mariaDB = MigrationClaim(
    table: table, settings: ["SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1"],
    createTable: """
      CREATE TABLE IF NOT EXISTS \(table) (
        id integer NOT NULL PRIMARY KEY, token varchar(64) NOT NULL, server varchar(300) NOT NULL,
        session bigint NOT NULL, account varchar(400) NOT NULL, renewed_at datetime(6) NOT NULL
      ) CHARACTER SET utf8mb4
      """,
    mark: "SELECT get_lock('bulkhead-\(tokenMark)', 0)",
    others: """
      SELECT token, cast(renewed_at AS char),
        CASE WHEN server = \(server) THEN is_used_lock(concat('bulkhead-', token)) IS NULL END
      FROM \(table)
      """,
    remove: "DELETE FROM \(table) WHERE token = '\(tokenMark)'",
    take: """
      INSERT INTO \(table) (id, token, server, session, account, renewed_at)
      VALUES (1, '\(tokenMark)', \(server), connection_id(), current_user(), utc_timestamp(6))
      """,
    renew: "UPDATE \(table) SET renewed_at = utc_timestamp(6) WHERE token = '\(tokenMark)'",
    holder: """
      SELECT concat(account, ' (session ', session, ' on ', server, ', seen ',
        greatest(0, timestampdiff(SECOND, renewed_at, utc_timestamp(6))), ' s ago)') FROM \(table)
      """)

  /// The tables that only a run of migrations uses, and that no migration declares.
  package static let tablesOfRuns: Set<String> = [table, "schema_migration_progress"]

  private static let table = "schema_migration_claim"
  private static let server = "concat(@@hostname, ':', @@port)"
}
