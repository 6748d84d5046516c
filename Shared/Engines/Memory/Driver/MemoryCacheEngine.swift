import Cache
import EventLoop
import Transport

/// The cache in the memory of this process, for the embedded fleet.
package struct MemoryCacheEngine: CacheEngine {
  /// There is one kind of memory.
  package init() {}

  package var name: String { "memory" }

  package var location: EngineLocation { .memory }

  /// A store of its own for each call: every process calls it once.
  package func source(_ configuration: CacheConfiguration, rights: [CacheRights]) -> any CacheSource {
    MemorySource(store: MemoryStore(), account: configuration.user, rights: rights)
  }
}

/// Connections of one account to one store.
package struct MemorySource: CacheSource {
  private let store: MemoryStore
  private let account: String
  private let rights: [CacheRights]

  /// Connections of `account`, which may do what `rights` say, to `store`.
  package init(store: MemoryStore, account: String, rights: [CacheRights]) {
    self.store = store
    self.account = account
    self.rights = rights
  }

  /// Memory is available from the first moment.
  package func connect(
    name: String, on loop: EventLoop, onStatus: @escaping @Sendable (CacheStatus) -> Void
  ) throws(CacheError) -> any CacheConnection {
    onStatus(.available)
    return store.connection(account: account, rights: rights)
  }
}
