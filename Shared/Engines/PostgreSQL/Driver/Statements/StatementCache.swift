import DataAccess

/// The prepared statements of a connection with their names, and the statements that it must drop. No I/O.
///
/// A connection uses no name twice, so a statement whose preparation failed cannot be confused with its successor. No two
/// connections use the same name either: behind a pooler that mixes sessions, a common name could run the statement of
/// another client. A name of its own is unknown there, which is an error.
struct StatementCache {
  /// What to do with a statement that is about to run.
  enum Lookup: Equatable {
    /// It is prepared under this name, or its preparation was sent. The form of its rows is nil until their types are
    /// known.
    case known(name: String, form: ResultForm?)
    /// Prepare it under this new name.
    case new(name: String)
    /// Do not prepare it: it is too long, like the statement of a bulk insert.
    case uncached
  }

  /// The most prepared statements of one connection. Each costs the server some tens of kilobytes.
  static let defaultCapacity = 256
  /// The most bytes of SQL of a prepared statement; a longer one is sent for one use.
  static let longestCachedBytes = 4096

  private struct Entry {
    let name: String
    var lastUse: UInt64
    var form: ResultForm?
  }

  private let capacity: Int
  private let prefix: String
  private var entries: [RenderedStatement: Entry] = [:]
  private var useCount: UInt64 = 0
  private var lastNumber: UInt64 = 0
  private var evicted: [String] = []

  init(capacity: Int = StatementCache.defaultCapacity, prefix: String = StatementCache.randomPrefix()) {
    self.capacity = max(1, capacity)
    self.prefix = prefix
  }

  /// `s` and 48 random bits, which need no quotes in SQL.
  static func randomPrefix() -> String {
    "s" + String(UInt64.random(in: 0..<(1 << 48)), radix: 36) + "_"
  }

  var count: Int { entries.count }

  /// Looks a statement up. A new one may evict the least recently used one.
  mutating func lookUp(_ statement: RenderedStatement) -> Lookup {
    useCount += 1
    if let index = entries.index(forKey: statement) {
      entries.values[index].lastUse = useCount
      return .known(name: entries.values[index].name, form: entries.values[index].form)
    }
    guard statement.sql.utf8.count <= Self.longestCachedBytes else { return .uncached }
    if entries.count >= capacity { evictOldest() }
    lastNumber += 1
    let name = "\(prefix)\(lastNumber)"
    entries[statement] = Entry(name: name, lastUse: useCount)
    return .new(name: name)
  }

  /// Stores the form in which later requests receive the rows of a statement.
  mutating func settle(_ statement: RenderedStatement, name: String, form: ResultForm) {
    guard let index = entries.index(forKey: statement), entries.values[index].name == name else { return }
    entries.values[index].form = form
  }

  /// Removes a statement whose preparation failed, or that the server has dropped. A newer preparation under another
  /// name stays.
  mutating func forget(_ statement: RenderedStatement, name: String) {
    if entries[statement]?.name == name { entries[statement] = nil }
  }

  /// Returns the names evicted since the last call, so that the driver can drop them on the server.
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
