import DataAccess

extension PostgresSQL {
  /// How long the server waits for the end of each session.
  private static let endMilliseconds = 5_000

  /// Ends the sessions of a role that `condition` selects, and fails where one goes on: the server's function reports that
  /// by a value alone, which it also returns for a session that has ended meanwhile. A second call tells these apart.
  ///
  /// The functions stand in an aggregate: in a condition, the server may call them for the sessions of every role.
  static func endSessions(of role: String, where condition: String? = nil) -> String {
    let chosen =
      "usename = \(literal(role)) AND pid <> pg_backend_pid()" + (condition.map { " AND \($0)" } ?? "")
    return
      "SELECT CASE WHEN left_over > 0 THEN (left_over || \(literal(" \(stillOpen) \(role)")))::int END FROM "
      + "(SELECT count(*) FILTER (WHERE CASE WHEN pg_terminate_backend(pid, \(endMilliseconds)) THEN false "
      + "ELSE pg_terminate_backend(pid, 0) END) AS left_over FROM pg_stat_activity WHERE \(chosen)) AS ended"
  }

  /// The words by which the statement fails.
  fileprivate static let stillOpen = "session(s) still open of"
}

extension DatabaseError {
  /// Whether sessions went on that a statement was to end.
  var isOfOpenSessions: Bool { nativeCode == "22P02" && detail?.contains(PostgresSQL.stillOpen) == true }

  /// Whether another transaction changed the same row of the catalog and committed, while the statement waited for it. The server
  /// calls that "tuple concurrently updated", in the language of its messages, and has no code of its own for it.
  var isOfConcurrentChange: Bool { nativeCode == "XX000" }
}
