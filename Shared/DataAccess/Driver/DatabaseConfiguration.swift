import Secrets

/// Where the database is and who we are there: plain values from which drivers are made.
public struct DatabaseConfiguration: Sendable, Hashable {
  /// One address of the database; several are tried in order.
  public struct Host: Sendable, Hashable, CustomStringConvertible {
    /// A host name or an address.
    public let name: String
    /// The TCP port.
    public let port: Int

    /// An address by host and port.
    public init(name: String, port: Int) {
      self.name = name
      self.port = port
    }

    /// `localhost:5432`.
    public var description: String { "\(name):\(port)" }
  }

  /// In the order in which they are tried; none for an embedded engine.
  public var hosts: [Host]
  /// The database; for an embedded engine the path of its file.
  public var name: String
  /// The account.
  public var user: String
  /// The account's; empty where the engine has none.
  public var password: Secret
  /// How the way to the server is protected.
  public var tls: TLSMode
  /// Connections of this process, over all its loops; see ``PoolConfiguration/deal(_:over:)``.
  public var poolSize: Int
  /// Attempts to reach the database at start, and the seconds between them.
  public var maximumRetries: Int
  /// Seconds between two attempts.
  public var retryDelaySeconds: Int

  /// The defaults are those of the contract's environment variables.
  public init(
    hosts: [Host] = [], name: String, user: String, password: Secret = Secret(""), tls: TLSMode = .disable,
    poolSize: Int = 5, maximumRetries: Int = 5, retryDelaySeconds: Int = 5
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

/// How a connection is protected on its way.
public enum TLSMode: Sendable, Hashable {
  /// In the clear: for loopback alone.
  case disable
  /// Encrypted, but to whomever answers.
  case require
  /// Encrypted, and the server's certificate must be signed by an authority of the file (nil: the system's) and
  /// bear the host's name.
  case verifyFull(caFile: String?)
}
