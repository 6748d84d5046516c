import AccessProof

extension RowGuard {
  /// PostgreSQL: one block that looks for the session in the list of sessions. A session whose client is gone notices
  /// that only when it next waits for a command, so this one ends after its removals. A table that refuses one keeps no other
  /// from being cleaned.
  static let postgreSQL = RowGuard(
    settings: ["SET statement_timeout = 0"],
    session: "SELECT pid || ' ' || backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
  ) { session, removals in
    """
    DO $guard$ BEGIN
    WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid || ' ' || backend_start = \(PostgresSQL.literal(session))) LOOP
    PERFORM pg_sleep(0.1);
    PERFORM pg_stat_clear_snapshot();
    END LOOP;
    \(removals.map { "BEGIN \($0); EXCEPTION WHEN OTHERS THEN NULL; END;" }.joined(separator: "\n"))
    END $guard$
    """
  }
}
