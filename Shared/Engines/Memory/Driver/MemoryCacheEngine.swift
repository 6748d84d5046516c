import Cache
import EventLoop
import Transport

/// The in-process cache of the embedded fleet.
package struct MemoryCacheEngine: CacheEngine {
  /// Makes the engine; it has no settings.
  package init() {}

  package var name: String { "memory" }

  package var location: EngineLocation { .memory }

  /// Makes a new store at each call; each process calls this once.
  package func source(_ configuration: CacheConfiguration, rights: [CacheRights]) -> any CacheSource {
    MemorySource(store: MemoryStore(), account: configuration.user, rights: rights)
  }
}

/// Opens connections of one account to one store.
package struct MemorySource: CacheSource {
  private let store: MemoryStore
  private let account: String
  private let rights: [CacheRights]

  /// Opens connections to `store` for `account`, which has `rights`.
  package init(store: MemoryStore, account: String, rights: [CacheRights]) {
    self.store = store
    self.account = account
    self.rights = rights
  }

  /// The store is in the process.
  package var server: String? { nil }

  /// Opens a connection, which is available at once.
  package func connect(
    name: String, on loop: EventLoop, onStatus: @escaping @Sendable (CacheStatus) -> Void
  ) throws(CacheError) -> any CacheConnection {
    onStatus(.available)
    return store.connection(account: account, rights: rights)
  }
}
