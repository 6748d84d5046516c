import Cache
import Clock
import EventLoop
import Synchronization

/// The cache of the embedded fleet: memory that all loops of this process share.
///
/// It enforces each account's rights exactly as a server's access control list does, so a service behaves the same on
/// both. Its size is bounded; it evicts the least recently used entry first.
package final class MemoryStore: Sendable {
  private let entries: Mutex<ExpiringEntries>
  private let nowMilliseconds: @Sendable () -> Int64

  /// Makes an empty store. The clock counts milliseconds and must never go back.
  package init(
    limits: MemoryLimits = MemoryLimits(),
    nowMilliseconds: @escaping @Sendable () -> Int64 = { Int64(MonotonicClock.nanoseconds() / 1_000_000) }
  ) {
    entries = Mutex(ExpiringEntries(limits: limits))
    self.nowMilliseconds = nowMilliseconds
  }

  /// The number of entries, including expired ones that no command has read since.
  package var count: Int { entries.withLock { $0.count } }

  /// The bytes of all keys and values.
  package var byteCount: Int { entries.withLock { $0.byteCount } }

  /// Opens an account's connection to the store. The connection denies commands beyond the rights.
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

/// How much a ``MemoryStore`` keeps. Beyond either limit, the store evicts the least recently used entry.
package struct MemoryLimits: Sendable, Hashable {
  /// The most entries.
  package var entries: Int
  /// The most bytes of keys and values together.
  package var bytes: Int

  /// The limits; the defaults suit one small service.
  package init(entries: Int = 10_000, bytes: Int = 32 << 20) {
    self.entries = entries
    self.bytes = bytes
  }
}
