/// The server's settings that change what rights or statements mean, or keep services from working, with the values that do
/// not.
///
/// `verify` compares the values that a new session gets, wherever they are set: in the configuration file, by
/// `ALTER SYSTEM` or on the command line. Any account may read these settings. Those that the driver or the tool sets for
/// itself are left out, as `default_transaction_isolation` and `createrole_self_grant`.
enum PostgresServerSettings {
  /// The safe values by the setting's name.
  static let safe: [String: Set<String>] = [
    // Every account could read every large object.
    "lo_compat_privileges": ["off"],
    // Off makes a query fail instead of filtering its rows.
    "row_security": ["on"],
    // A session could then change the engine's own tables and views.
    "allow_system_table_mods": ["off"],
    // Replica stops the triggers that enforce foreign keys.
    "session_replication_role": ["origin"],
    // MD5 verifiers can be used for logins by anyone who reads them.
    "password_encryption": ["scram-sha-256"],
    // Per-database user names change which role a login is.
    "db_user_namespace": ["off"],
    // Off makes a backslash an escape, by which a quoted literal can end early.
    "standard_conforming_strings": ["on"],
    // A literal quote after a backslash could end a string in some client encodings.
    "backslash_quote": ["safe_encoding", "off"],
    // Damaged pages would be read as empty, without an error.
    "zero_damaged_pages": ["off"],
    // A query could then miss rows.
    "ignore_system_indexes": ["off"],
    // `expr = NULL` would become true for NULL.
    "transform_null_equals": ["off"],
    // The bodies of functions would go unchecked.
    "check_function_bodies": ["on"],
    // A prepared transaction keeps its locks after its session has ended.
    "max_prepared_transactions": ["0"],
    // NULL in the text of an array would become a string.
    "array_nulls": ["on"],
    // Damaged pages would be read as they are.
    "ignore_checksum_failure": ["off"],
    // Expressions of policies would not read as they were written.
    "quote_all_identifiers": ["off"],
    // Libraries in a new session run with the server's rights.
    "local_preload_libraries": [""],
  ]

  /// The same for settings that keep services from working.
  private static let working: [String: Set<String>] = [
    // No service could write.
    "default_transaction_read_only": ["off"],
    // Any error, such as a taken key, would end the session.
    "exit_on_error": ["off"],
  ]

  /// The least values by the setting's name.
  private static let least: [String: Int] = [
    // A verifier of fewer rounds is sooner found out: that of RFC 7677.
    "scram_iterations": 4096
  ]

  /// The limits of time in milliseconds. Zero is none; a shorter one than ``leastMilliseconds`` ends the statements or the
  /// sessions of every role that has no limit of its own.
  private static let limits: Set<String> = [
    "statement_timeout", "lock_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout",
    "transaction_timeout",
  ]

  private static let leastMilliseconds = 1000

  /// The condition for a row of `pg_settings` that ``isSafe(_:_:)`` judges. What the database or a role sets is compared with
  /// the manifest, and the session that resets it goes on with it, so the settings that concern work alone leave it out. The
  /// tool's session lifts its limits, and `source` no longer names where they came from.
  static func condition(_ row: String) -> String {
    "(\(row).name IN (\(list(safe.keys))) OR (\(row).name IN (\(list(Array(working.keys) + least.keys + limits))) "
      + "AND \(row).source NOT IN ('database', 'user', 'database user', 'global') AND NOT EXISTS ("
      + "SELECT FROM pg_catalog.pg_db_role_setting d, unnest(d.setconfig) AS c "
      + "WHERE d.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())) "
      + "AND d.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user)) "
      + "AND split_part(c, '=', 1) = \(row).name)))"
  }

  private static func list(_ names: some Sequence<String>) -> String {
    names.sorted().map(PostgresSQL.literal).joined(separator: ", ")
  }

  /// Whether a new session gets a safe value.
  static func isSafe(_ name: String, _ value: String) -> Bool {
    if let values = safe[name] ?? working[name] { return values.contains(value) }
    guard let number = Int(value) else { return true }
    if let least = least[name] { return number >= least }
    return !limits.contains(name) || number == 0 || number >= leastMilliseconds
  }
}
