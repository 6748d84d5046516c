import EventLoop
import Logging

extension Cache {
  /// The cache that the configuration names, for one loop; returns at once and connects in the background.
  ///
  /// - Parameters:
  ///   - rights: What the account may do. Only the memory cache needs to be told; a server holds them itself.
  ///   - store: The memory that the loops of this process share; a Redis cache leaves it alone.
  /// - Throws: `unsupported` for a configuration that this build cannot serve, and `encryptionFailed` when the file of
  ///   authorities cannot be read.
  public static func open(
    service: String, _ configuration: CacheConfiguration, rights: [CacheRights], store: MemoryStore,
    on loop: EventLoop, logger: Logger
  ) throws(CacheError) -> Cache {
    switch configuration.kind {
    case .memory:
      memory(service: service, account: configuration.user, rights: rights, store: store, logger: logger)
    case .redis:
      try redis(service: service, configuration, on: loop, logger: logger)
    }
  }

  /// A cache on a Redis or Valkey server.
  public static func redis(
    service: String, _ configuration: CacheConfiguration, options: RedisOptions? = nil, on loop: EventLoop,
    logger: Logger
  ) throws(CacheError) -> Cache {
    let health = CacheHealth(logger: logger)
    let connection = try RedisConnection(
      configuration, options: options ?? RedisOptions(connectionName: service), on: loop,
      onStatus: { health.connectionChanged(to: $0) })
    return Cache(service: service, connection: connection, health: health)
  }

  /// A cache in the memory of this process.
  public static func memory(
    service: String, account: String, rights: [CacheRights], store: MemoryStore, logger: Logger
  ) -> Cache {
    let health = CacheHealth(logger: logger)
    health.connectionChanged(to: .available)
    return Cache(
      service: service, connection: store.connection(account: account, rights: rights), health: health)
  }
}
