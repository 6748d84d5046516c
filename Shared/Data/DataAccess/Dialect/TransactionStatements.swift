/// The purpose of a transaction, which selects the statement that begins it.
package enum TransactionMode: Sendable, Hashable {
  /// Reads and writes, at the engine's default isolation.
  case readWrite
  /// Reads only, all of them from one snapshot.
  case consistentRead
}

/// The statements that begin and end a transaction in a dialect.
package struct TransactionStatements: Sendable, Hashable {
  /// Begins a transaction that reads and writes, at the default isolation.
  package var beginReadWrite: String
  /// Begins a transaction that reads from one snapshot.
  package var beginConsistentRead: String
  /// Makes the changes permanent.
  package var commit: String
  /// Undoes the changes.
  package var rollback: String

  /// The known engines end a transaction with the same words.
  package init(
    beginReadWrite: String, beginConsistentRead: String, commit: String = "COMMIT",
    rollback: String = "ROLLBACK"
  ) {
    self.beginReadWrite = beginReadWrite
    self.beginConsistentRead = beginConsistentRead
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
      }
    return control(sql, "begin")
  }

  /// Ends the transaction and makes its changes permanent.
  package var commit: Query { commit(.readWrite) }

  /// Ends a transaction of this mode. Of the statements that control a transaction, only the commit of changes may write.
  func commit(_ mode: TransactionMode) -> Query {
    switch mode {
    case .readWrite: control(self.transactions.commit, "commit", mayWrite: true)
    case .consistentRead: control(self.transactions.commit, "commit")
    }
  }

  /// Ends the transaction and undoes its changes.
  package var rollback: Query { control(self.transactions.rollback, "rollback") }

  /// A savepoint's name is its depth: a name that no user chooses needs no quotes.
  package func savepoint(depth: Int) -> Query { control("SAVEPOINT s\(depth)", "savepoint") }

  /// Releases a savepoint; the changes since then stay in the transaction.
  package func release(depth: Int) -> Query { control("RELEASE SAVEPOINT s\(depth)", "release savepoint") }

  /// Undoes the changes since the savepoint, which stays.
  package func rollback(toDepth depth: Int) -> Query {
    control("ROLLBACK TO SAVEPOINT s\(depth)", "rollback to savepoint")
  }

  private func control(_ sql: String, _ label: String, mayWrite: Bool = false) -> Query {
    Query(
      sql: sql, operation: Operation(.other, label: label), isReusable: false, mayWrite: mayWrite)
  }
}

/// The lock that lets one migration run at a time. It ends with its session in every case.
package enum SessionLock: Sendable, Hashable {
  /// A lock of a transaction, which a session holds beside the session that works. `take` fails with `lockTimeout`
  /// when another session has it. `check` fails when the session has lost it, and keeps no snapshot, for which the
  /// build of an index would wait. `holders` returns one row of text for each session that has it. An account that may
  /// only read the record of migrations cannot take the lock.
  case transaction(settings: [String], take: String, check: String, holders: String)
  /// A write transaction is the lock: the engine has a single writer.
  case writing
  /// A committed row that names the run, where a lock of a session would hold on one node of a cluster only.
  case claim(MigrationClaim)
}
