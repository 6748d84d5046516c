/// One login of the database: what it may do, and how much of the engine it may use.
package struct DatabaseAccount: Sendable, Hashable {
  /// The account's name, which is its login.
  package let name: String
  /// The service that connects with it.
  package let service: String
  /// What its grants may be at most.
  package let level: AccessLevel
  /// How much of the engine it may hold.
  package let limits: AccountLimits
  /// Its grants, those of `everyone` among them, in the manifest's order.
  package let grants: [TableGrant]

  /// An account as declared.
  package init(name: String, service: String, level: AccessLevel, limits: AccountLimits, grants: [TableGrant])
  {
    self.name = name
    self.service = service
    self.level = level
    self.limits = limits
    self.grants = grants
  }

  /// The grant of `verb` on `table`, if it has one; the manifest holds at most one of each.
  package func grant(_ verb: TableVerb, on table: String) -> TableGrant? {
    grants.first { $0.table == table && $0.verb == verb }
  }
}

/// The most that an account's grants may come to: a second lock, so that a grant that slips into the wrong list is
/// an error and not a right.
package enum AccessLevel: String, Sendable, Hashable, CaseIterable {
  /// Select and nothing else.
  case readOnly = "read-only"
  /// Any verb.
  case readWrite = "read-write"
  /// Any verb, but every write only on rows of its own.
  case scopedReadWrite = "scoped read-write"
}

/// How much of the engine one account may hold.
package struct AccountLimits: Sendable, Hashable {
  /// Connections at once, over all processes that use the account.
  package let connections: Int
  /// The longest a statement may run.
  package let statementTimeoutMilliseconds: Int
  /// The longest a transaction may rest between two statements.
  package let idleInTransactionTimeoutMilliseconds: Int

  /// Limits as declared.
  package init(connections: Int, statementTimeoutMilliseconds: Int, idleInTransactionTimeoutMilliseconds: Int)
  {
    self.connections = connections
    self.statementTimeoutMilliseconds = statementTimeoutMilliseconds
    self.idleInTransactionTimeoutMilliseconds = idleInTransactionTimeoutMilliseconds
  }
}
