import Secrets

/// Where a program's cache is, and the account it uses there.
public struct CacheConfiguration: Sendable {
  /// The kind of cache.
  public enum Kind: String, Sendable, Hashable {
    /// A Redis or Valkey server.
    case redis
    /// The memory of this process.
    case memory
  }

  /// Whether and how the connection is encrypted.
  public enum TLSMode: Sendable, Hashable {
    /// Not encrypted: for loopback.
    case disable
    /// Encrypted; the server's certificate is not checked.
    case require
    /// Encrypted; certificate and host name are checked against the file, or the system's authorities.
    case verifyFull(caFile: String?)
  }

  /// The kind of cache.
  public var kind: Kind
  /// The server's name or address.
  public var host: String
  /// The server's port.
  public var port: Int
  /// The account. Empty: no `AUTH` is sent.
  public var user: String
  /// The account's password.
  public var password: Secret
  /// Whether and how the connection is encrypted.
  public var tls: TLSMode

  /// Describes a cache server; every part but the account has the default of a local one.
  public init(
    kind: Kind = .redis, host: String = "localhost", port: Int = 6379, user: String,
    password: Secret = Secret(""), tls: TLSMode = .disable
  ) {
    self.kind = kind
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.tls = tls
  }
}
