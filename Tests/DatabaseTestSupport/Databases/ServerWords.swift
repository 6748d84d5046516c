import DataAccess

/// The statements in which the servers' SQL differs, for tests that watch or disturb a server.
package struct ServerWords: Sendable {
  /// A select that waits for that many seconds.
  package let sleep: @Sendable (_ seconds: Int) -> String
  /// A select of the number of statements of the database that have this text and run.
  package let running: @Sendable (_ text: String) -> String
  /// Begins the statement that gathers the statistics of a table.
  package let analyze: String
  /// Locks the table `samples` against readers.
  package let lockSamples: [String]
  /// Ends that lock.
  package let unlock: String
  /// A select of the number of statements that wait for the lock of `samples`.
  package let waitingForSamples: String
  /// Cancels the statements with this text, and returns their number.
  package let cancel: @Sendable (_ text: String, _ session: DriverSession) async throws -> Int
  /// Ends every session of the database except the given one.
  package let endSessions: @Sendable (_ session: DriverSession) async throws -> Void
}

extension ServerWords {
  /// PostgreSQL's words.
  static let postgresql = ServerWords(
    sleep: { "SELECT pg_sleep(\($0))" },
    running: { "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '\($0)'" },
    analyze: "ANALYZE",
    lockSamples: ["BEGIN", "LOCK TABLE samples IN ACCESS EXCLUSIVE MODE"], unlock: "COMMIT",
    waitingForSamples: "SELECT count(*) FROM pg_locks WHERE relation = 'samples'::regclass AND NOT granted",
    cancel: { text, session in
      let ended = try await session.run(
        """
        SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND query LIKE '\(text)'
        """)
      return Int(try ended.integer(0, 0))
    },
    endSessions: { session in
      try await session.run(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)
    })
}
