/// Keys with values that expire, bounded in number and bytes. The time is an argument, so tests need not wait.
struct ExpiringEntries {
  struct Entry {
    let key: [UInt8]
    var value: [UInt8]
    var expiresAtMilliseconds: Int64?

    var byteCount: Int { key.count + value.count }

    func isExpired(at now: Int64) -> Bool { expiresAtMilliseconds.map { $0 <= now } ?? false }
  }

  private let limits: MemoryLimits
  private var slotsByKey: [[UInt8]: Int] = [:]
  private var slots: [Entry?] = []
  private var freeSlots: [Int] = []
  private var recency = RecencyList()
  private(set) var byteCount = 0

  init(limits: MemoryLimits) { self.limits = limits }

  var count: Int { slotsByKey.count }

  /// Returns the live entry and makes it the most recently used one.
  mutating func find(_ key: [UInt8], now: Int64) -> Entry? {
    guard let slot = slotsByKey[key], let entry = slots[slot] else { return nil }
    if entry.isExpired(at: now) {
      release(slot)
      return nil
    }
    recency.touch(slot)
    return entry
  }

  /// Stores the entry, replaces an older one of its key, and evicts entries until the limits hold again. Returns false
  /// when the entry alone exceeds the limits.
  mutating func store(_ entry: Entry) -> Bool {
    remove(entry.key)
    guard entry.byteCount <= limits.bytes, limits.entries > 0 else { return false }
    while count >= limits.entries || byteCount + entry.byteCount > limits.bytes, let oldest = recency.oldest {
      release(oldest)
    }
    let slot = freeSlots.popLast() ?? slots.count
    if slot == slots.count { slots.append(entry) } else { slots[slot] = entry }
    slotsByKey[entry.key] = slot
    byteCount += entry.byteCount
    recency.insert(slot)
    return true
  }

  mutating func remove(_ key: [UInt8]) {
    if let slot = slotsByKey[key] { release(slot) }
  }

  private mutating func release(_ slot: Int) {
    guard let entry = slots[slot] else { return }
    recency.remove(slot)
    slotsByKey[entry.key] = nil
    byteCount -= entry.byteCount
    slots[slot] = nil
    freeSlots.append(slot)
  }
}
