/// Times and sizes of the driver, each with its reason.
struct SQLiteOptions: Sendable {
  /// For the whole of a statement away from the loop.
  var statementTimeoutMilliseconds = 30_000
  /// For waiting until another connection or process has finished writing.
  var lockTimeoutMilliseconds = 5_000
  /// For a read on the loop, which everything else on the loop waits for; one that takes longer, or finds a lock in
  /// its way, is stopped and run again away from the loop.
  var loopBudgetMilliseconds = 5
  /// Statements that each connection keeps compiled.
  var statementCacheCapacity = 128
  /// Rows of one result that is not streamed.
  var maximumResultRows = 1_000_000
  /// How long changed rights, or a changed schema, may go unnoticed by an open connection.
  var rightsCheckMilliseconds = 1_000

  var onLoop: Patience { Patience(statementMilliseconds: loopBudgetMilliseconds, lockMilliseconds: 0) }

  var offLoop: Patience {
    Patience(statementMilliseconds: statementTimeoutMilliseconds, lockMilliseconds: lockTimeoutMilliseconds)
  }
}
