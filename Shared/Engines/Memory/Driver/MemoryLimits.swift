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
