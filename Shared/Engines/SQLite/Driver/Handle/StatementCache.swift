import DataAccess

/// The statements that a connection keeps compiled, by their text; the one not used for longest makes room.
///
/// A statement is taken out while it runs.
struct StatementCache {
  private struct Entry {
    let statement: PreparedStatement
    var lastUse: UInt64
  }

  private let capacity: Int
  private var entries: [RenderedStatement: Entry] = [:]
  private var clock: UInt64 = 0
  /// How often a statement was found, and how often it had to be compiled.
  private(set) var hits = 0
  private(set) var misses = 0

  init(capacity: Int) {
    self.capacity = capacity
  }

  var count: Int { entries.count }

  /// Takes a statement out of the cache.
  mutating func take(_ text: RenderedStatement) -> PreparedStatement? {
    guard let entry = entries.removeValue(forKey: text) else {
      misses += 1
      return nil
    }
    hits += 1
    return entry.statement
  }

  /// Puts a statement that was reset back.
  mutating func put(_ statement: PreparedStatement, for text: RenderedStatement) {
    clock += 1
    entries[text] = Entry(statement: statement, lastUse: clock)
    if entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      entries.removeValue(forKey: oldest.key)
    }
  }
}
