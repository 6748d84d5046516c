import EventLoop

/// An engine, with the account and the address to use: a factory of connections.
package protocol DatabaseDriver: Sendable {
  /// What the engine can do. A connection's dialect may give other names to tables, but has the same capabilities.
  var dialect: Dialect { get }

  /// Whether one connection can carry many autocommit reads at once without their waiting for a round trip each.
  var multiplexesReads: Bool { get }

  /// Opens a session; the returned connection belongs to `loop`.
  func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection>

  /// What the engine says of the account that `runner` speaks for: a service refuses to start as one of the mighty.
  func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError) -> AccountInspection
}

/// What an account is beyond its grants.
package struct AccountInspection: Sendable, Hashable {
  /// The account's name, as the engine has it.
  package let account: String
  /// Whether no grant and no policy binds the account.
  package let isSuperuser: Bool
  /// Whether row policies do not hold for the account.
  package let bypassesRowSecurity: Bool
  /// Tables whose policies and grants the account could change, because it owns them.
  package let ownedTables: [String]

  /// What was found.
  package init(account: String, isSuperuser: Bool, bypassesRowSecurity: Bool, ownedTables: [String]) {
    self.account = account
    self.isSuperuser = isSuperuser
    self.bypassesRowSecurity = bypassesRowSecurity
    self.ownedTables = ownedTables
  }
}
