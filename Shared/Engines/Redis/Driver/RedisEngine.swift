import Cache
import EventLoop
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

/// Connections of one account to one server.
package struct RedisSource: CacheSource {
  private let configuration: CacheConfiguration
  private let options: RedisOptions?

  /// Connections to the configured server; without `options` each has the defaults, under its own name.
  package init(configuration: CacheConfiguration, options: RedisOptions? = nil) {
    self.configuration = configuration
    self.options = options
  }

  /// Connects in the background, and again after every loss.
  package func connect(
    name: String, on loop: EventLoop, onStatus: @escaping @Sendable (CacheStatus) -> Void
  ) throws(CacheError) -> any CacheConnection {
    try RedisConnection(
      configuration, options: options ?? RedisOptions(connectionName: name), on: loop, onStatus: onStatus)
  }
}
