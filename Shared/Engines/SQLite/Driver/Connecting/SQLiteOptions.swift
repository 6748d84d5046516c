/// The driver's timeouts and sizes.
struct SQLiteOptions: Sendable {
  /// The longest run of a statement off the loop.
  var statementTimeoutMilliseconds = 30_000
  /// The longest wait for another connection or process to finish its write.
  var lockTimeoutMilliseconds = 5_000
  /// The longest run of a read on the loop, during which all other work of the loop waits. The driver stops a read that
  /// takes longer, or meets a lock, and runs it again off the loop.
  var loopBudgetMilliseconds = 5
  /// The most compiled statements that each connection keeps.
  var statementCacheCapacity = 128
  /// The most rows of a result.
  var maximumResultRows = 1_000_000
  /// How often an open connection checks for changed rights or a changed schema.
  var rightsCheckMilliseconds = 1_000

  /// The journal's pages from which a commit writes them into the file.
  var checkpointPages = 1_000
  /// The journal's pages above which the driver reports that they stay in it: 64 MB.
  var journalWarningPages = 16_384
  /// The journal's size to which an emptied one shrinks.
  var journalSizeLimitBytes = 64 << 20
  /// The longest wait of the last checkpoint for readers and writers of other processes.
  var checkpointLockTimeoutMilliseconds = 1_000

  var onLoop: StatementTimeouts {
    StatementTimeouts(statementMilliseconds: loopBudgetMilliseconds, lockMilliseconds: 0)
  }

  var offLoop: StatementTimeouts {
    StatementTimeouts(
      statementMilliseconds: statementTimeoutMilliseconds, lockMilliseconds: lockTimeoutMilliseconds)
  }

  /// For the tool: a migration may copy a large table. The pool's own deadline still applies.
  static let administration = SQLiteOptions(statementTimeoutMilliseconds: 3_600_000)
}
