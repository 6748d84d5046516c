/// One login of the database: what it may do, and how much of the engine it may use.
public struct DatabaseAccount: Sendable, Hashable {
  /// The account's name, which is its login.
  public let name: String
  /// The service that connects with it.
  public let service: String
  /// What its grants may be at most.
  public let level: AccessLevel
  /// How much of the engine it may hold.
  public let limits: AccountLimits
  /// Its grants, those of `everyone` among them, in the manifest's order.
  public let grants: [TableGrant]

  /// An account as declared.
  public init(name: String, service: String, level: AccessLevel, limits: AccountLimits, grants: [TableGrant])
  {
    self.name = name
    self.service = service
    self.level = level
    self.limits = limits
    self.grants = grants
  }

  /// The grant of `verb` on `table`, if it has one; the manifest holds at most one of each.
  public func grant(_ verb: TableVerb, on table: String) -> TableGrant? {
    grants.first { $0.table == table && $0.verb == verb }
  }
}

/// The most that an account's grants may come to: a second lock, so that a grant that slips into the wrong list is
/// an error and not a right.
public enum AccessLevel: String, Sendable, Hashable, CaseIterable {
  /// Select and nothing else.
  case readOnly = "read-only"
  /// Any verb.
  case readWrite = "read-write"
  /// Any verb, but every write only on rows of its own.
  case scopedReadWrite = "scoped read-write"
}

/// How much of the engine one account may hold.
public struct AccountLimits: Sendable, Hashable {
  /// Connections at once, over all processes that use the account.
  public let connections: Int
  /// The longest a statement may run.
  public let statementTimeoutMilliseconds: Int
  /// The longest a transaction may rest between two statements.
  public let idleInTransactionTimeoutMilliseconds: Int

  /// Limits as declared.
  public init(connections: Int, statementTimeoutMilliseconds: Int, idleInTransactionTimeoutMilliseconds: Int)
  {
    self.connections = connections
    self.statementTimeoutMilliseconds = statementTimeoutMilliseconds
    self.idleInTransactionTimeoutMilliseconds = idleInTransactionTimeoutMilliseconds
  }
}
