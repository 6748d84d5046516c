import Secrets

/// The caches a program can be told to use.
public enum CacheKindName: String, Sendable, Hashable, CaseIterable {
  /// Redis or Valkey.
  case redis
  /// Inside the process, for the embedded fleet.
  case memory
}

/// Where the cache is, and as whom to speak to it: `CACHE_*`.
public struct CacheSettings: Sendable, Hashable {
  /// `CACHE_TYPE`: memory with SQLite, else redis.
  public var kind: CacheKindName
  /// `CACHE_HOST` and `CACHE_PORT`.
  public var host: HostPort
  /// `CACHE_USER`: this program's own account; may be empty for memory.
  public var user: String
  /// `CACHE_PASS`.
  public var password: Secret
  /// `CACHE_TLS`.
  public var security: TransportSecurity
  /// `CACHE_CA_FILE`: the authority for `verify-full`; nil is the system's.
  public var authorityFile: String?

  /// The port of Redis and Valkey.
  public static let defaultPort = 6379
}

extension CacheSettings {
  /// Reads `CACHE_*`; the default kind follows the database's engine.
  public init(reading environment: inout EnvironmentReader, engine: DatabaseEngineName) {
    kind = environment.choice("CACHE_TYPE", default: engine == .sqlite ? .memory : .redis)
    let port = environment.integer("CACHE_PORT", default: Self.defaultPort, in: HostPort.ports)
    host = HostPort(host: "localhost", port: port)
    security = .disable
    guard kind == .redis else {
      user = environment.text("CACHE_USER", default: "")
      password = environment.optionalSecret("CACHE_PASS") ?? Secret("")
      return
    }
    if let text = environment.optionalText("CACHE_HOST") {
      host = HostPort(text, defaultPort: port) ?? host
      if HostPort(text, defaultPort: port) == nil { environment.report("CACHE_HOST", "must be a host") }
    }
    user = environment.requiredText("CACHE_USER")
    password = environment.requiredSecret("CACHE_PASS")
    security = environment.choice("CACHE_TLS", default: host.isLoopback ? .disable : .verifyFull)
    authorityFile = environment.optionalPath("CACHE_CA_FILE")
  }
}
