import AccessProof

extension RowGuard {
  /// MariaDB: one block that looks for the session in the list of sessions.
  ///
  /// A pause that is cancelled ends early and returns 1, and the server forgets the cancellation. So the block ends itself
  /// then, without its removals.
  static let mariaDB = RowGuard(
    settings: ["SET SESSION max_statement_time = 0"], session: "SELECT concat(connection_id(), '')"
  ) { session, removals in
    """
    BEGIN NOT ATOMIC
    WHILE EXISTS (SELECT 1 FROM information_schema.processlist WHERE concat(id, '') = \(MariaDBSQL.literal(session))) DO
    IF SLEEP(0.1) THEN SIGNAL SQLSTATE '70100' SET MESSAGE_TEXT = 'the guard was cancelled'; END IF;
    END WHILE;
    \(removals.map { "\($0);" }.joined(separator: "\n"))
    END
    """
  }
}
