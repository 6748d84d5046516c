/// What a transaction is for, which decides how it begins.
package enum TransactionMode: Sendable, Hashable {
  /// Reads and writes, at the engine's default isolation.
  case readWrite
  /// Reads alone, all of them as of one moment.
  case consistentRead
  /// As though there were no other transactions; expects to be retried.
  case serializable
}

/// How a dialect spells the edges of a transaction.
package struct TransactionStatements: Sendable, Hashable {
  /// Begins reading and writing at the default isolation.
  package var beginReadWrite: String
  /// Begins reading alone, all of it as of one moment.
  package var beginConsistentRead: String
  /// Begins as though there were no other transactions.
  package var beginSerializable: String
  /// Makes the changes lasting.
  package var commit: String
  /// Undoes the changes.
  package var rollback: String

  /// The end is spelled alike by all engines that are known.
  package init(
    beginReadWrite: String, beginConsistentRead: String, beginSerializable: String, commit: String = "COMMIT",
    rollback: String = "ROLLBACK"
  ) {
    self.beginReadWrite = beginReadWrite
    self.beginConsistentRead = beginConsistentRead
    self.beginSerializable = beginSerializable
    self.commit = commit
    self.rollback = rollback
  }
}

extension Dialect {
  /// Begins a transaction of this mode.
  package func begin(_ mode: TransactionMode) -> Query {
    let sql =
      switch mode {
      case .readWrite: self.transactions.beginReadWrite
      case .consistentRead: self.transactions.beginConsistentRead
      case .serializable: self.transactions.beginSerializable
      }
    return control(sql, "begin")
  }

  /// Ends the transaction and makes its changes lasting.
  package var commit: Query { control(self.transactions.commit, "commit") }

  /// Ends the transaction and undoes its changes.
  package var rollback: Query { control(self.transactions.rollback, "rollback") }

  /// Savepoints are numbered by their depth: names that users cannot choose need no quoting.
  package func savepoint(depth: Int) -> Query { control("SAVEPOINT s\(depth)", "savepoint") }

  /// Forgets a savepoint; what was done since stays in the transaction.
  package func release(depth: Int) -> Query { control("RELEASE SAVEPOINT s\(depth)", "release savepoint") }

  /// Undoes what was done since the savepoint, which stays.
  package func rollback(toDepth depth: Int) -> Query {
    control("ROLLBACK TO SAVEPOINT s\(depth)", "rollback to savepoint")
  }

  private func control(_ sql: String, _ label: String) -> Query {
    Query(sql: sql, operation: Operation(.other, label: label), isReusable: false)
  }
}

/// A lock that only one session holds at a time, and that dies with it.
package enum SessionLock: Sendable, Hashable {
  /// Statements of the session. `acquire` answers one row with a true value when the lock was free; `holder` answers
  /// one row of text that names who has it, or none.
  case statements(acquire: String, release: String, holder: String)
  /// Beginning to write is the lock: there can be only one writer.
  case writing
}
