/// How much a ``MemoryStore`` keeps. When either limit is passed, what was not used for longest goes.
public struct MemoryLimits: Sendable, Hashable {
  /// The most entries.
  public var entries: Int
  /// The most bytes of keys and values together.
  public var bytes: Int

  /// The limits; the defaults suit one small service.
  public init(entries: Int = 10_000, bytes: Int = 32 << 20) {
    self.entries = entries
    self.bytes = bytes
  }
}
