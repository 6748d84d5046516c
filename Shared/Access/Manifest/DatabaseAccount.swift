/// One login of the database: its grants, and its limits in the engine.
package struct DatabaseAccount: Sendable, Hashable {
  /// The account's name, which is its login.
  package let name: String
  /// The service that connects with it.
  package let service: String
  /// The level that its grants must not exceed.
  package let level: AccessLevel
  /// The engine's resources that it may use at most.
  package let limits: AccountLimits
  /// Its grants, including those of `everyone`, in the manifest's order.
  package let grants: [TableGrant]
  /// Further parameters of its sessions, by name; see ``RestrictingSetting``.
  package let settings: [String: String]
  /// Its rights beside those on rows; only in a live manifest.
  package var also: [FurtherRight] = []
  /// The places of the grants by table: the proof looks up each cell.
  private let places: [String: [Int]]

  /// Creates an account.
  package init(
    name: String, service: String, level: AccessLevel, limits: AccountLimits, grants: [TableGrant],
    settings: [String: String] = [:]
  ) {
    self.settings = settings
    self.name = name
    self.service = service
    self.level = level
    self.limits = limits
    self.grants = grants
    places = Dictionary(grouping: grants.indices) { grants[$0].table }
  }

  /// The grant of `verb` on `table`; nil where the account has none. The manifest has at most one.
  package func grant(_ verb: TableVerb, on table: String) -> TableGrant? {
    places[table]?.lazy.map { grants[$0] }.first { $0.verb == verb }
  }
}

/// The level that an account's grants must not exceed.
///
/// The level is a second check: a grant in the wrong list is then an error of the manifest, not a right.
package enum AccessLevel: String, Sendable, Hashable, CaseIterable {
  /// Select only.
  case readOnly = "read-only"
  /// Any verb.
  case readWrite = "read-write"
  /// Any verb, but writes only on the account's own rows.
  case scopedReadWrite = "scoped read-write"
}

/// The engine's resources that one account may use at most.
package struct AccountLimits: Sendable, Hashable {
  /// Concurrent connections, over all processes that use the account.
  ///
  /// Nil, here and below, is no limit; only a live manifest may leave one out.
  package let connections: Int?
  /// The longest run time of a statement.
  package let statementTimeoutMilliseconds: Int?
  /// The longest pause between two statements of a transaction.
  package let idleInTransactionTimeoutMilliseconds: Int?

  /// No limit at all.
  package static let unlimited = AccountLimits(
    connections: nil, statementTimeoutMilliseconds: nil, idleInTransactionTimeoutMilliseconds: nil)

  /// Creates limits.
  package init(
    connections: Int?, statementTimeoutMilliseconds: Int?, idleInTransactionTimeoutMilliseconds: Int?
  ) {
    self.connections = connections
    self.statementTimeoutMilliseconds = statementTimeoutMilliseconds
    self.idleInTransactionTimeoutMilliseconds = idleInTransactionTimeoutMilliseconds
  }
}
