/// The settings that the driver pins, so that no default of the server changes what a statement means or how a value
/// reads.
enum SessionSettings {
  /// Compares by code points and without padding: `'a' = 'a '` is false.
  static let collation = "utf8mb4_nopad_bin"

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

  /// In the order of execution. The pool limits the time of statements, and so does the account's own limit.
  ///
  /// On a node of a Galera cluster, a read waits until the node has applied what the cluster has committed: a service
  /// reads its own writes there after it moved to another node. The comment is for MariaDB alone.
  static let statements = [
    "SET NAMES utf8mb4 COLLATE \(collation)",
    """
    SET SESSION sql_mode = '\(modes.joined(separator: ","))', time_zone = '+00:00', autocommit = 1,
    lock_wait_timeout = \(lockWaitSeconds), innodb_lock_wait_timeout = \(lockWaitSeconds),
    group_concat_max_len = 1048576, foreign_key_checks = 1, unique_checks = 1, check_constraint_checks = 1
    /*M! , wsrep_sync_wait = 1 */
    """,
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
  ]

  /// Returns one row. A field that is neither `0` nor `OFF` says that the server takes no writes. The last one is about a
  /// node of a cluster that is not ready, because it has no majority or receives its data.
  static let readOnlyQuery = """
    SELECT @@global.read_only, @@global.innodb_read_only,
      (SELECT count(*) FROM information_schema.global_variables v
       JOIN information_schema.global_status s ON s.variable_name = 'WSREP_READY'
       WHERE v.variable_name = 'WSREP_ON' AND v.variable_value = 'ON' AND s.variable_value <> 'ON')
    """
}
