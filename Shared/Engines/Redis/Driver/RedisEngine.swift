import Cache
import EventLoop
import Logging
import Transport

/// Redis 7 and Valkey: a cache on a server of its own.
package struct RedisEngine: CacheEngine {
  /// The port of Redis and Valkey.
  package static let defaultPort = 6379

  /// Makes the engine, for both Redis and Valkey.
  package init() {}

  package var name: String { "redis" }

  package var location: EngineLocation { .server(defaultPort: Self.defaultPort) }

  /// The server holds the rights, so this ignores `rights`.
  package func source(_ configuration: CacheConfiguration, rights: [CacheRights]) -> any CacheSource {
    RedisSource(configuration: configuration)
  }
}

/// Connections of one account to one server. They share the gate of its password.
package struct RedisSource: CacheSource {
  private let configuration: CacheConfiguration
  private let options: RedisOptions?
  private let gate: PasswordGate

  /// Connections to the configured server; without `options` each has the defaults, under its own name.
  package init(
    configuration: CacheConfiguration, options: RedisOptions? = nil, logger: Logger = Logger(label: "redis")
  ) {
    self.configuration = configuration
    self.options = options
    gate = configuration.passwordGate(logger: logger)
  }

  /// The endpoint.
  package var server: String? { "\(configuration.endpoint)" }

  /// Connects in the background, and again after every loss.
  package func connect(
    name: String, on loop: EventLoop, onStatus: @escaping @Sendable (CacheStatus) -> Void
  ) throws(CacheError) -> any CacheConnection {
    try RedisConnection(
      configuration, options: options ?? RedisOptions(connectionName: name), gate: gate, on: loop,
      onStatus: onStatus)
  }
}

extension CacheConfiguration {
  /// Seconds between two attempts with a refused password. Redis locks no account, so they are few: an account that was
  /// deleted may exist again.
  private static let refusalPauseSeconds = 10

  /// The gate of the account's password. Before the first success, the link's own pauses separate the attempts.
  func passwordGate(logger: Logger = Logger(label: "redis")) -> PasswordGate {
    PasswordGate(
      credential, account: user, of: "cache", retryDelaySeconds: 0, pauseSeconds: Self.refusalPauseSeconds,
      logger: logger)
  }
}
