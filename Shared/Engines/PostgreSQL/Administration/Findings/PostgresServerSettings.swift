/// The server's settings that change what rights mean, with the values that keep their meaning.
///
/// `verify` compares the values that a new session gets, wherever they are set: in the configuration file, by
/// `ALTER SYSTEM` or on the command line. Any account may read these settings.
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

  /// Whether a new session gets a safe value.
  static func isSafe(_ name: String, _ value: String) -> Bool { safe[name]?.contains(value) ?? true }
}
