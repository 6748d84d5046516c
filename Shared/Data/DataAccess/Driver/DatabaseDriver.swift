import EventLoop

/// A factory of connections to one engine, under one account and at one address.
package protocol DatabaseDriver: Sendable {
  /// The engine's capabilities. A connection's dialect has the same capabilities, but may name tables differently.
  var dialect: Dialect { get }

  /// Whether one connection carries many autocommit reads at once, without waiting a round trip for each.
  var multiplexesReads: Bool { get }

  /// Whether a connection keeps one session of the engine. Behind a pooler that gives each transaction a session, locks
  /// and settings of the session would reach other clients.
  var keepsSessions: Bool { get }

  /// Opens a session; the returned connection belongs to `loop`.
  func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection>

  /// Reads the powers of the account behind `runner`: a service refuses to start with too many.
  func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError) -> AccountInspection

  /// Waits until the connections that were closed have left the engine. An engine in this process still has work after
  /// ``DatabaseConnection/close()``, and the end of the process would cut it off.
  func waitForClosedConnections() async
}

extension DatabaseDriver {
  /// Nothing: a server finishes its sessions without this process.
  package func waitForClosedConnections() async {}

  /// A connection is a session, unless a driver says otherwise.
  package var keepsSessions: Bool { true }
}

/// The powers of an account beyond its grants.
package struct AccountInspection: Sendable, Hashable {
  /// The account's name in the engine.
  package let account: String
  /// Whether the engine applies neither grants nor policies to the account.
  package let isSuperuser: Bool
  /// Whether row policies do not apply to the account.
  package let bypassesRowSecurity: Bool
  /// The tables that the account owns, and whose grants and policies it could therefore change.
  package let ownedTables: [String]

  /// The result of an inspection.
  package init(account: String, isSuperuser: Bool, bypassesRowSecurity: Bool, ownedTables: [String]) {
    self.account = account
    self.isSuperuser = isSuperuser
    self.bypassesRowSecurity = bypassesRowSecurity
    self.ownedTables = ownedTables
  }
}
