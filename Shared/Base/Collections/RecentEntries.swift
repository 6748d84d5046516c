/// A dictionary of what was used lately, in two generations. When the young generation is full it becomes the old one, and
/// entries that were not used since are dropped. The memory is bounded, each step costs the same, and however many entries
/// come and go, one that is used goes on.
///
/// It is `public`, because the compiler then specialises the generic type in other modules.
public struct RecentEntries<Key: Hashable, Value> {
  @usableFromInline let generationCapacity: Int
  @usableFromInline var young: [Key: Value] = [:]
  @usableFromInline var old: [Key: Value] = [:]

  /// `capacity`: the most entries, in both generations together.
  @inlinable public init(capacity: Int) { generationCapacity = max(1, capacity / 2) }

  /// The entries of both generations.
  @inlinable public var count: Int { young.count + old.count }

  /// The value of the key, which counts as a use. The key of the entry stays the one that was inserted: a key to look with may
  /// be a part of a larger buffer, which this then does not keep.
  @inlinable public mutating func find(_ key: Key) -> Value? {
    if let value = young[key] { return value }
    guard let place = old.index(forKey: key) else { return nil }
    let entry = old.remove(at: place)
    insert(entry.value, for: entry.key)
    return entry.value
  }

  /// Inserts an entry, or replaces its value.
  @inlinable public mutating func insert(_ value: Value, for key: Key) {
    if young.count >= generationCapacity {
      old = young
      young = [:]
    }
    young[key] = value
  }

  /// Removes the entry of the key.
  @inlinable public mutating func remove(_ key: Key) {
    young[key] = nil
    old[key] = nil
  }
}
