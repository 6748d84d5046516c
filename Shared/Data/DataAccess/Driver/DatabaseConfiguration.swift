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
  /// The account's password, or the file that holds it; empty for an engine without passwords.
  package var credential: CredentialSource
  /// How the connection to the server is encrypted.
  package var tls: TLSMode
  /// The file of the server's public key, for which the password is encrypted where the connection is not; nil where none
  /// is pinned.
  package var serverKeyFile: String?
  /// The connections of this process over all its loops; see ``PoolConfiguration/deal(_:over:)``.
  package var poolSize: Int
  /// Attempts to reach the database at start.
  package var maximumRetries: Int
  /// Seconds between two of those attempts.
  package var retryDelaySeconds: Int
  /// Whether the server keeps prepared statements under names.
  package var preparedStatements: PreparedStatements
  /// Whether the sessions are the tool's, which repairs a server. Its transactions may only read by default, and no time
  /// limit of the server's configuration holds for it.
  package var repairsServer = false

  /// The most connections of one process.
  package static let maximumPoolSize = 1000

  /// The default of `DB_POOL_SIZE`: the usual optimum for one disk.
  package static func defaultPoolSize(cores: Int) -> Int { 2 * cores + 1 }

  /// The defaults are those of the contract's environment variables.
  package init(
    hosts: [Endpoint] = [], name: String, user: String, password: Secret = Secret(""),
    tls: TLSMode = .disable, poolSize: Int = 5, maximumRetries: Int = 5, retryDelaySeconds: Int = 5,
    preparedStatements: PreparedStatements = .named
  ) {
    self.hosts = hosts
    self.name = name
    self.user = user
    credential = .fixed(password)
    self.tls = tls
    self.poolSize = poolSize
    self.maximumRetries = maximumRetries
    self.retryDelaySeconds = retryDelaySeconds
    self.preparedStatements = preparedStatements
  }

  /// The password as it was at the start of the program; setting it makes the credential a fixed one.
  package var password: Secret {
    get { credential.initial }
    set { credential = .fixed(newValue) }
  }
}

/// How a driver prepares statements: the values of `DB_PREPARED_STATEMENTS`.
package enum PreparedStatements: String, Sendable, Hashable, CaseIterable {
  /// Under names that the server keeps for the session. It needs a session of its own for each connection.
  case named
  /// Without names, for a pooler that gives each transaction another session of the server. Nothing outlives a
  /// transaction then: no setting, no lock, no prepared statement.
  case off
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
