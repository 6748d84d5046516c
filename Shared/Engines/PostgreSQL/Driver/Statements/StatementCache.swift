import DataAccess

/// Which statements a connection has prepared, under which names, and which have to go to make room. No I/O.
///
/// A name is never used twice on one connection, so that a statement whose preparation failed cannot be confused
/// with its successor.
struct StatementCache {
  /// What to do with a statement that is about to run.
  enum Lookup: Equatable {
    /// It has been prepared under this name, or its preparation is on the way. The form of its rows is nil as long as
    /// their types are not known.
    case known(name: String, form: ResultForm?)
    /// It has to be prepared under this new name.
    case new(name: String)
    /// It is not worth keeping: too long, like the statement of a bulk insert.
    case uncached
  }

  /// Statements kept prepared on one connection; each costs the server some tens of kilobytes.
  static let defaultCapacity = 256
  /// Bytes of SQL beyond which a statement is prepared for one use only.
  static let longestCachedBytes = 4096

  private struct Entry {
    let name: String
    var lastUse: UInt64
    var form: ResultForm?
  }

  private let capacity: Int
  private var entries: [RenderedStatement: Entry] = [:]
  private var useCount: UInt64 = 0
  private var lastNumber: UInt64 = 0
  private var evicted: [String] = []

  init(capacity: Int = StatementCache.defaultCapacity) {
    self.capacity = max(1, capacity)
  }

  var count: Int { entries.count }

  /// Looks a statement up, and makes room for it when it is new.
  mutating func lookUp(_ statement: RenderedStatement) -> Lookup {
    useCount += 1
    if let index = entries.index(forKey: statement) {
      entries.values[index].lastUse = useCount
      return .known(name: entries.values[index].name, form: entries.values[index].form)
    }
    guard statement.sql.utf8.count <= Self.longestCachedBytes else { return .uncached }
    if entries.count >= capacity { evictOldest() }
    lastNumber += 1
    let name = "s\(lastNumber)"
    entries[statement] = Entry(name: name, lastUse: useCount)
    return .new(name: name)
  }

  /// Remembers in which form the rows of a statement are best asked for.
  mutating func settle(_ statement: RenderedStatement, name: String, form: ResultForm) {
    guard let index = entries.index(forKey: statement), entries.values[index].name == name else { return }
    entries.values[index].form = form
  }

  /// Forgets a statement whose preparation failed, or which the server no longer has; one that was prepared anew
  /// under another name stays.
  mutating func forget(_ statement: RenderedStatement, name: String) {
    if entries[statement]?.name == name { entries[statement] = nil }
  }

  /// Hands over the names that were evicted since the last call, for the server to be told.
  mutating func takeEvicted() -> [String] {
    defer { evicted = [] }
    return evicted
  }

  private mutating func evictOldest() {
    guard let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
    evicted.append(oldest.value.name)
    entries[oldest.key] = nil
  }
}
