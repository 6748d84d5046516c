import Secrets

/// Where the database is and who we are there: plain values from which drivers are made.
public struct DatabaseConfiguration: Sendable, Hashable {
  /// One address of the database; several are tried in order.
  public struct Host: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public let port: Int

    public init(name: String, port: Int) {
      self.name = name
      self.port = port
    }

    public var description: String { "\(name):\(port)" }
  }

  public var hosts: [Host]
  /// The database; for an embedded engine the path of its file.
  public var name: String
  public var user: String
  public var password: Secret
  public var tls: TLSMode
  /// Connections of this process, over all its loops; see ``PoolConfiguration/deal(_:over:)``.
  public var poolSize: Int
  /// Attempts to reach the database at start, and the seconds between them.
  public var maximumRetries: Int
  public var retryDelaySeconds: Int

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
