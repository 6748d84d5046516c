import DataAccess

/// The settings that the driver pins, so that no default of the server, the database or the role changes where a name
/// leads or how a value reads.
///
/// PgBouncer refuses the startup parameter `options`, which could carry them, so they follow in a statement. With a
/// session of its own, a connection sets them once. Behind a pooler that gives each transaction another session, each
/// transaction sets them for itself: a setting of the session would reach other clients and miss this one.
enum SessionSettings {
  /// The temporary schema is last, so that a temporary table hides none of the fleet's. Without `"$user"`, a schema with
  /// an account's name changes nothing. The engine's own schema is searched first where the path does not name it.
  static let pinned = [
    ("search_path", "public, pg_temp"), ("TimeZone", "UTC"), ("DateStyle", "ISO"),
    ("IntervalStyle", "iso_8601"), ("bytea_output", "hex"), ("extra_float_digits", "1"),
    ("standard_conforming_strings", "on"), ("row_security", "on"), ("transform_null_equals", "off"),
    ("quote_all_identifiers", "off"), ("default_transaction_isolation", "read committed"),
    ("default_transaction_deferrable", "off"),
  ]

  /// Whether the server takes no writes: a standby, or one with `default_transaction_read_only`. Schema-qualified,
  /// because the search path may still be anything.
  private static let isReadOnly = "pg_catalog.current_setting('transaction_read_only')"

  /// Whether the server is a standby, which no session can write to.
  private static let isStandby = "CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'on' ELSE 'off' END"

  /// The first statement of a connection, or several in one message. Its first field is `on` where the server takes no
  /// writes.
  static func firstStatement(for configuration: DatabaseConfiguration) -> String {
    let isReadOnly = configuration.repairsServer ? isStandby : isReadOnly
    guard configuration.preparedStatements == .named else { return "SELECT \(isReadOnly)" }
    let first = "SELECT \(isReadOnly), \(assignments(endsWithTransaction: false))"
    // A limit of a millisecond would end the long statement that lifts it, and at times even the short one before it.
    return configuration.repairsServer ? "SET statement_timeout = 0; \(first), \(liftedLimits)" : first
  }

  /// Lifts what ends a session or its statement after a time, whether the server, the database or the role sets it: the tool
  /// must be able to remove such a limit. The operators are qualified too.
  private static let liftedLimits = """
    (SELECT pg_catalog.count(pg_catalog.set_config(s.name, '0', false)) FROM pg_catalog.pg_settings s
      WHERE s.name OPERATOR(pg_catalog.=) ANY (ARRAY['statement_timeout', 'idle_session_timeout',
        'idle_in_transaction_session_timeout', 'transaction_timeout']))
    """

  /// Pin the settings until the end of the transaction. The limit of a statement is lifted before all else, and briefly: it holds
  /// for the statement that lifts it.
  static func transactionStatements(for configuration: DatabaseConfiguration) -> [String] {
    let pins = "SELECT \(assignments(endsWithTransaction: true))"
    guard configuration.repairsServer else { return [pins] }
    return ["SELECT \(lifted("statement_timeout"))", "\(pins), \(limitsOfTransactions)"]
  }

  /// What ends a transaction after a time. PostgreSQL has `transaction_timeout` since version 17.
  private static let limitsOfTransactions = """
    \(lifted("idle_in_transaction_session_timeout")),
    CASE WHEN pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL
      THEN \(lifted("transaction_timeout")) END
    """

  private static func lifted(_ limit: String) -> String { "pg_catalog.set_config('\(limit)', '0', true)" }

  private static func assignments(endsWithTransaction isLocal: Bool) -> String {
    pinned.map { "pg_catalog.set_config('\($0)', '\($1)', \(isLocal))" }.joined(separator: ", ")
  }
}
