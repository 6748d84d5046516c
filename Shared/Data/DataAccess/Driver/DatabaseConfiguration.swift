import Secrets
import Transport

/// The settings of the database, in the one type that travels from the environment to the driver.
package struct DatabaseConfiguration: Sendable, Hashable {
  /// The servers, in the order of connection attempts; empty for an embedded engine.
  package var hosts: [Endpoint]
  /// The database; for an embedded engine the path of its file.
  package var name: String
  /// This program's own account.
  package var user: String
  /// The account's password; empty for an engine without passwords.
  package var password: Secret
  /// How the connection to the server is encrypted.
  package var tls: TLSMode
  /// The connections of this process over all its loops; see ``PoolConfiguration/deal(_:over:)``.
  package var poolSize: Int
  /// Attempts to reach the database at start.
  package var maximumRetries: Int
  /// Seconds between two of those attempts.
  package var retryDelaySeconds: Int

  /// The most connections of one process.
  package static let maximumPoolSize = 1000

  /// The default of `DB_POOL_SIZE`: the usual optimum for one disk.
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
  /// The same database under another account.
  package func connecting(as user: String, password: Secret) -> DatabaseConfiguration {
    var copy = self
    copy.user = user
    copy.password = password
    return copy
  }
}
