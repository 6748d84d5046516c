import DataAccess

/// The settings that the driver pins, so that no default of the server changes what a statement means or how a value
/// reads.
///
/// MariaDB and MySQL get the same text. MariaDB alone executes a comment that begins with `/*M!`, and MySQL alone one that
/// begins with `/*!80017`, as far as it is of that version or a newer one.
/// https://mariadb.com/kb/en/comment-syntax/, https://dev.mysql.com/doc/refman/9.4/en/comments.html
package enum SessionSettings {
  /// The collations that compare by code points and without padding: `'a' = 'a '` is false.
  package static let collations: Set = ["utf8mb4_nopad_bin", "utf8mb4_0900_bin"]

  /// The clause that names the one which the server has.
  package static let collation = "/*M! COLLATE utf8mb4_nopad_bin *//*!80017 COLLATE utf8mb4_0900_bin */"

  /// Refuses values that do not fit, and reads backslashes, double quotation marks and `||` as standard SQL does.
  ///
  /// `ONLY_FULL_GROUP_BY` is not among them: with it, the second execution of a prepared aggregate over a view fails with
  /// 1140 (seen on 10.11).
  private static let modes = [
    "STRICT_ALL_TABLES", "NO_ZERO_DATE", "NO_ZERO_IN_DATE", "ERROR_FOR_DIVISION_BY_ZERO",
    "NO_ENGINE_SUBSTITUTION", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT",
  ]

  /// Longer than the pool lets a statement run; the server's default for locks of definitions is a day.
  private static let lockWaitSeconds = 60

  /// The variables with a global value that an administrator may set for other clients, and that change what a statement
  /// of ours does. Among the latest: a commit begins another transaction (`completion_type`), a select ends after some
  /// rows (`sql_select_limit`), a null finds the row of the last insert (`sql_auto_is_null`), a table gets an engine
  /// without transactions (`default_storage_engine`), the removal of a missing object is a success (`sql_if_exists`), texts
  /// are ordered by their first bytes alone (`max_sort_length`), and a value that a table cannot store is a warning
  /// (`innodb_strict_mode`, which MySQL lets no account without a special right set). On a node of a Galera cluster, a
  /// definition, an account or a right changes on that node alone (`wsrep_OSU_method`), and a node without a majority
  /// answers with what it had (`wsrep_dirty_reads`). No account needs a right for these two.
  private static let variables = """
    sql_mode = '\(modes.joined(separator: ","))', time_zone = '+00:00', autocommit = 1, completion_type = 0,
    lock_wait_timeout = \(lockWaitSeconds), innodb_lock_wait_timeout = \(lockWaitSeconds),
    group_concat_max_len = 1048576, foreign_key_checks = 1, unique_checks = 1,
    sql_select_limit = 18446744073709551615, sql_safe_updates = 0, sql_big_selects = 1, sql_auto_is_null = 0,
    div_precision_increment = 4, max_sort_length = 1024, default_storage_engine = InnoDB, sql_quote_show_create = 1
    /*M! , check_constraint_checks = 1, wsrep_sync_wait = 0, old_mode = '', sql_if_exists = 0,
    innodb_strict_mode = 1, wsrep_OSU_method = 'TOI', wsrep_dirty_reads = 0 */
    """

  /// In the order of execution, before ``serverQuery``. The pool limits the time of statements, and so does the account's own limit.
  ///
  /// No read waits for a cluster yet: a node that has no majority, or receives its data, refuses to wait, with an error that says
  /// nothing about that (1205), and answers the query without waiting.
  static let statements = [
    "SET NAMES utf8mb4 \(collation)",
    "SET SESSION \(variables)",
    // With a server's tx_read_only, each write would fail although the server takes writes.
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",
  ]

  /// After ``serverQuery``. On a node of a Galera cluster, a read waits until the node has applied what the cluster has committed: a
  /// service reads its own writes there after it moved to another node.
  static let waitForCluster = "SET SESSION autocommit = 1 /*M! , wsrep_sync_wait = 1 */"

  /// The tool's sessions have no limit from the server's configuration: it names such a limit, and long definitions end.
  static let unlimited =
    "SET SESSION /*M! max_statement_time = 0, idle_transaction_timeout = 0 *//*!80000 max_execution_time = 0 */"

  /// Returns one row: see ``ServerAnswer``. Only MariaDB has clusters of Galera and, since 10.5, a `RETURNING` clause of
  /// inserts. A server that is too old executes neither of the first comments, and finds an error in the syntax.
  ///
  /// A node with `wsrep_reject_queries` is ready, and answers this query: it refuses those of tables alone.
  ///
  /// The fourth field counts the reasons for which every write fails with 1665: a binary log of statements cannot have the
  /// writes of a transaction that reads committed rows. An account of ours may not choose another form for its session. The
  /// fifth has the state of a node: `ON,Primary,ON,NONE`. It reads no other tables, and no derived one: a node that is not ready refuses
  /// those.
  static let serverQuery = """
    SELECT /*M!100600 1 *//*!80017 0 */, @@global.read_only, @@global.innodb_read_only,
      @@global.log_bin AND (SELECT count(*) FROM
        /*M! information_schema.session_variables *//*!80017 performance_schema.session_variables */
        WHERE variable_name = 'BINLOG_FORMAT' AND variable_value = 'STATEMENT')
      /*M! , (SELECT concat_ws(',', max(if(v.variable_name = 'WSREP_ON', v.variable_value, '')),
          max(if(s.variable_name = 'WSREP_CLUSTER_STATUS', s.variable_value, '')),
          max(if(s.variable_name = 'WSREP_READY', s.variable_value, '')),
          max(if(v.variable_name = 'WSREP_REJECT_QUERIES', v.variable_value, '')))
        FROM information_schema.global_variables v JOIN information_schema.global_status s
        WHERE v.variable_name IN ('WSREP_ON', 'WSREP_REJECT_QUERIES')
          AND s.variable_name IN ('WSREP_CLUSTER_STATUS', 'WSREP_READY')) */
    """
}

/// What a server answers about itself when a session begins.
struct ServerAnswer: Equatable {
  /// Whether an insert returns columns of the new row.
  let returnsInsertedRows: Bool
  /// Whether the server takes no writes.
  let isReadOnly: Bool
  /// Whether the server is a node of a cluster.
  let isNode: Bool
  /// Why the node serves no client: it has no majority, receives its data, or was told to reject queries. Nil where it serves.
  let nodeRefusal: String?
  /// Whether its binary log keeps statements, so that it refuses every write of a session of ours.
  let logsStatements: Bool

  /// The server's kind: inserts return rows on MariaDB alone.
  var family: ServerFamily { returnsInsertedRows ? .mariaDB : .mySQL }

  /// How an insert into a table returns the values that the server filled in.
  var insertedValues: InsertedValues { returnsInsertedRows ? .returning : .identityInResult }

  private static let (logPlace, nodePlace) = (3, 4)

  /// The fields of the answer to ``SessionSettings/serverQuery``; nil where there are none.
  init?(_ fields: [String?]) {
    guard let first = fields.first else { return nil }
    returnsInsertedRows = first == "1"
    func isSet(_ field: String?) -> Bool { field != nil && field != "0" && field != "OFF" }
    logsStatements = fields.count > Self.logPlace && isSet(fields[Self.logPlace])
    isReadOnly = fields.prefix(Self.logPlace).dropFirst().contains(where: isSet)
    let node = fields.count > Self.nodePlace ? fields[Self.nodePlace] ?? "" : ""
    let parts = node.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    isNode = parts.count == 4 && parts[0] == "ON"
    nodeRefusal =
      isNode ? Self.refusal(inView: parts[1], isReady: parts[2] == "ON", rejecting: parts[3]) : nil
  }

  private static func refusal(inView status: String, isReady: Bool, rejecting: String) -> String? {
    if status != "Primary" { return "has no majority (wsrep_cluster_status \(status))" }
    if !isReady { return "is a node that is not ready (wsrep_ready is OFF)" }
    return rejecting == "NONE" ? nil : "rejects queries (wsrep_reject_queries = \(rejecting))"
  }
}
