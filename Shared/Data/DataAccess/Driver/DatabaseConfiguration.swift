import Secrets
import Transport

/// Everything that the settings say about the database, in the one form in which it travels from the environment to the
/// driver.
package struct DatabaseConfiguration: Sendable, Hashable {
  /// The servers, in the order in which they are tried; none for an embedded engine.
  package var hosts: [Endpoint]
  /// The database; for an embedded engine the path of its file.
  package var name: String
  /// This program's own account.
  package var user: String
  /// The account's password; empty where the engine checks none.
  package var password: Secret
  /// How the way to the server is protected.
  package var tls: TLSMode
  /// Connections of this process, over all its loops; see ``PoolConfiguration/deal(_:over:)``.
  package var poolSize: Int
  /// Attempts to reach the database at start.
  package var maximumRetries: Int
  /// Seconds between two of those attempts.
  package var retryDelaySeconds: Int

  /// Connections of one process at most.
  package static let maximumPoolSize = 1000

  /// The default of `DB_POOL_SIZE`: the measured optimum of a machine with one spindle.
  package static func defaultPoolSize(cores: Int) -> Int { 2 * cores + 1 }

  /// The defaults are those of the contract's environment variables.
  package init(
    hosts: [Endpoint] = [], name: String, user: String, password: Secret = Secret(""),
    tls: TLSMode = .disable, poolSize: Int = 5, maximumRetries: Int = 5, retryDelaySeconds: Int = 5
  ) {
    self.hosts = hosts
    self.name = name
    self.user = user
    self.password = password
    self.tls = tls
    self.poolSize = poolSize
    self.maximumRetries = maximumRetries
    self.retryDelaySeconds = retryDelaySeconds
  }
}

extension DatabaseConfiguration {
  /// The same database as another account.
  package func connecting(as user: String, password: Secret) -> DatabaseConfiguration {
    var copy = self
    copy.user = user
    copy.password = password
    return copy
  }
}
