/// The tables whose reads were slow lately. A pool keeps such reads on a lane apart from the others.
///
/// A stalled lane shows which read is slow only if the server has sent the results of all reads before it. Normally it
/// sends the results of a batch together, because that is fastest. So after the first slow read the connections request
/// each result on its own for a while. From then on the oldest read of a stalled lane is the slow one, and its table is
/// recorded here.
struct SlowTables {
  /// A lane that stays stalled for this many looks, while other connections bring results, carries a slow read. It counts
  /// looks, and no time: a loop that is late itself must not take its own delay for the server's. Where no connection
  /// brings a result between two looks, the machine or the server is busy, and every table would seem slow.
  static let slowLooks = 5
  /// How long a table is slow after its last slow read, and how long results are requested one by one.
  static let memoryMilliseconds = 10_000

  private struct Entry {
    let operation: Operation
    var until: UInt64
  }

  private var entries: [Entry] = []
  private var separating: (since: UInt64, until: UInt64)?

  /// Whether the connections request each result on its own.
  var isSeparating: Bool { separating != nil }

  /// Whether reads of the operation's table were slow lately.
  func contain(_ operation: Operation) -> Bool { index(of: operation) != nil }

  /// Records the oldest read of a lane that has completed nothing since a moment. Returns whether the connections must
  /// begin to request each result on its own.
  mutating func record(_ oldest: Operation, stalledSince since: UInt64, at now: UInt64) -> Bool {
    let until = now + UInt64(Self.memoryMilliseconds) * 1_000_000
    // While reads are slow, a lane that stalls must show which read is.
    defer { separating = (separating?.since ?? now, until) }
    let known = index(of: oldest)
    if let known { entries[known].until = until }
    guard let separating else { return true }
    if known == nil, separating.since < since {
      entries.append(Entry(operation: oldest, until: until))
    }
    return false
  }

  /// Forgets what is long ago. Returns whether the server may send the results of a batch together again.
  mutating func expire(at now: UInt64) -> Bool {
    if !entries.isEmpty { entries.removeAll { now >= $0.until } }
    guard let separating, now >= separating.until else { return false }
    self.separating = nil
    return true
  }

  private func index(of operation: Operation) -> Int? {
    if entries.isEmpty { return nil }
    return entries.firstIndex { $0.operation.concerns(operation) }
  }
}
