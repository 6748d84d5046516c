import Schema

/// How an engine changes the definitions of tables that have rows and readers.
package struct DefinitionCapabilities: Sendable {
  /// The engine's name in statements that a migration writes for each engine: its value of `DB_TYPE`.
  package var engine: String
  /// How a run that was cut off behind a definition learns, when it repeats the definition, that it has taken effect.
  ///
  /// A code alone proves nothing: the number of a table that exists already is also that of one that cannot be made. So the
  /// run looks for the effect in the catalog.
  package struct DefinitionRepetition: Sendable {
    /// The codes that may refuse a definition which has taken effect before.
    package var codes: Set<String>
    /// A select that returns one row when the first bound name is a table with an index of the second bound name.
    package var indexExists: String
    /// A select that returns one row when the first bound name is a table with a constraint of the second bound name.
    package var constraintExists: String

    /// Every part is required.
    package init(codes: Set<String>, indexExists: String, constraintExists: String) {
      self.codes = codes
      self.indexExists = indexExists
      self.constraintExists = constraintExists
    }
  }

  /// How a column or a constraint of an existing table changes.
  package var tableChanges: TableChanges
  /// How an index is built while others write to the table; nil where the build holds writers up.
  package var onlineIndexes: OnlineIndexes?
  /// How a session limits and explains its waits for locks; nil where only one session writes at a time.
  package var lockWaits: LockWaits?
  /// Statements with which a session that changes definitions starts.
  package var sessionSettings: [String]
  /// Whether an index may have a condition.
  package var hasPartialIndexes: Bool
  /// How a run that repeats a definition finds out that it has taken effect before. Nil where a rollback undoes definitions.
  package var repetition: DefinitionRepetition?

  /// A select that returns, for the bound name of a table, one text where its change would hold up sessions that do not
  /// use the table; nil where no change does.
  package var widerWaits: String?

  /// A select that returns in one row the number of servers that have made each change so far, this one among them: the
  /// nodes of a cluster. It returns NULL on a server that has no others; nil where no engine has any.
  package var members: String?

  /// How a run proves that what it drops is empty.
  package var dropGuard: DropGuard

  /// Every capability is a required argument.
  package init(
    engine: String, tableChanges: TableChanges, onlineIndexes: OnlineIndexes?, lockWaits: LockWaits?,
    dropGuard: DropGuard, sessionSettings: [String], hasPartialIndexes: Bool = true,
    repetition: DefinitionRepetition? = nil, widerWaits: String? = nil, members: String? = nil
  ) {
    self.engine = engine
    self.tableChanges = tableChanges
    self.onlineIndexes = onlineIndexes
    self.lockWaits = lockWaits
    self.dropGuard = dropGuard
    self.sessionSettings = sessionSettings
    self.hasPartialIndexes = hasPartialIndexes
    self.repetition = repetition
    self.widerWaits = widerWaits
    self.members = members
  }
}

/// What keeps others from adding rows between the count of a table's rows and the statement that drops them.
package enum DropGuard: Sendable {
  /// Nothing: the transaction that drops them is the only one that writes.
  case transaction
  /// This statement, in the transaction that drops them. It lets readers pass.
  case lock(@Sendable (_ quotedTable: String) -> String)
  /// The statement that renames a table, and waits for the transactions that have used it. Under another name the table
  /// gets no row. For engines whose statements on definitions commit by themselves.
  case rename(@Sendable (_ quotedTable: String, _ quotedName: String) -> String)
}

/// How a column or a constraint of an existing table changes.
package enum TableChanges: Sendable {
  /// By `ALTER TABLE`. Constraints are added `NOT VALID` and validated later, beside readers and writers.
  case alter
  /// By a new table that takes the rows and the name of the old one.
  case rebuild(TableRebuild)
  /// By one `ALTER TABLE` for each change, which restates the column. `online` is the clause behind a statement that
  /// must let readers and writers pass, and that the engine refuses where it cannot; `onlineIndex` that behind
  /// `CREATE INDEX`.
  case modify(online: String, onlineIndex: String, references: ReferenceIndexes)
}

/// The words for the indexes that an engine makes for foreign keys by itself.
package struct ReferenceIndexes: Sendable {
  /// The beginning of the action that adds an index unless one of that name is there.
  package var adding: String
  /// The actions that drop a foreign key and its index. Where another index serves the key, the engine made none, or has
  /// dropped it.
  package var dropping: @Sendable (_ quotedName: String, _ isServed: Bool) -> [String]

  /// Both parts are required.
  package init(
    adding: String, dropping: @escaping @Sendable (_ quotedName: String, _ isServed: Bool) -> [String]
  ) {
    self.adding = adding
    self.dropping = dropping
  }
}

/// The statements around a rebuild of a table, in which an engine has words of its own.
package struct TableRebuild: Sendable {
  /// Runs before the transaction of the rebuild, in its session.
  package var before: [String]
  /// Runs after that transaction, also when it has failed.
  package var after: [String]
  /// A select that returns rows where a foreign key has no target.
  package var brokenReferences: String
  /// A select that returns the objects on a table beside the given columns and indexes; a rebuild would lose them.
  package var foreignObjects: @Sendable (_ table: String, _ columns: [String], _ indexes: [String]) -> String
  /// Statements that give the new table the identities that the old one has used.
  package var keepIdentities: @Sendable (_ old: String, _ new: String) -> [String]
  /// A condition that finds values which a column of the type should not hold; nil where the definition refuses them.
  package var misfits: @Sendable (_ type: ColumnType, _ quotedColumn: String) -> String?

  /// Every part is a required argument.
  package init(
    before: [String], after: [String], brokenReferences: String,
    foreignObjects:
      @escaping @Sendable (_ table: String, _ columns: [String], _ indexes: [String]) -> String,
    keepIdentities: @escaping @Sendable (_ old: String, _ new: String) -> [String],
    misfits: @escaping @Sendable (_ type: ColumnType, _ quotedColumn: String) -> String?
  ) {
    self.before = before
    self.after = after
    self.brokenReferences = brokenReferences
    self.foreignObjects = foreignObjects
    self.keepIdentities = keepIdentities
    self.misfits = misfits
  }
}

/// How an index is built outside a transaction, while others write to the table.
package struct OnlineIndexes: Sendable, Hashable {
  /// The word behind `CREATE INDEX` and `DROP INDEX`.
  package var keyword: String
  /// A select that returns one row with true when the index of the bound name is complete, with false when an
  /// interrupted build has left it, and no row when it does not exist.
  package var state: String

  /// Both parts are required.
  package init(keyword: String, state: String) {
    self.keyword = keyword
    self.state = state
  }
}

/// How a session limits and explains its waits for locks.
package struct LockWaits: Sendable {
  /// The statement that limits each wait of the transaction.
  package var limit: @Sendable (_ milliseconds: Int) -> String
  /// A select that returns the table and the holder of each lock that is not of the session's own, the strongest lock first. A
  /// prepared transaction is such a holder, and has no session. The bound name limits it to one table, NULL to none; the
  /// table is NULL where the engine does not show it.
  package var holders: String
  /// How an operator finds and ends prepared transactions, for locks whose holder is not seen.
  package var prepared: String
  /// A select that returns the session's number, for `activity`.
  package var sessionNumber: String
  /// A select that returns one text about the statement of the session with the bound number: its progress, and the
  /// sessions that it waits for.
  package var activity: String

  /// Every part is a required argument.
  package init(
    limit: @escaping @Sendable (_ milliseconds: Int) -> String, holders: String, prepared: String,
    sessionNumber: String, activity: String
  ) {
    self.limit = limit
    self.holders = holders
    self.prepared = prepared
    self.sessionNumber = sessionNumber
    self.activity = activity
  }
}
