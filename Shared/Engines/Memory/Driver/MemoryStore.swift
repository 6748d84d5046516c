import Cache
import Clock
import EventLoop
import Synchronization

/// The cache of the embedded fleet: the memory of this process, shared by all its loops.
///
/// It holds its accounts to their rights exactly as a server's access control list would, so that a service behaves
/// alike on both. What is kept is bounded; the least recently used entry goes first.
package final class MemoryStore: Sendable {
  private let entries: Mutex<ExpiringEntries>
  private let nowMilliseconds: @Sendable () -> Int64

  /// An empty store. The clock counts milliseconds and must never go back.
  package init(
    limits: MemoryLimits = MemoryLimits(),
    nowMilliseconds: @escaping @Sendable () -> Int64 = { Int64(MonotonicClock.nanoseconds() / 1_000_000) }
  ) {
    entries = Mutex(ExpiringEntries(limits: limits))
    self.nowMilliseconds = nowMilliseconds
  }

  /// The number of entries, expired ones that nobody asked for since included.
  package var count: Int { entries.withLock { $0.count } }

  /// The bytes of all keys and values.
  package var byteCount: Int { entries.withLock { $0.byteCount } }

  /// An account's line to the store. What the rights do not cover is refused.
  package func connection(account: String, rights: [CacheRights]) -> MemoryConnection {
    MemoryConnection(store: self, account: account, rights: rights)
  }

  func perform(_ command: MemoryCommand) throws(CacheError) -> RESPValue {
    let now = nowMilliseconds()
    return try entries.withLock { (entries) throws(CacheError) -> RESPValue in
      try MemoryInterpreter.perform(command, on: &entries, now: now)
    }
  }
}
