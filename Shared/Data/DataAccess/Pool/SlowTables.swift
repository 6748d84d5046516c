/// The tables whose reads were slow lately. A pool keeps such reads on lanes apart from the others.
///
/// A stalled lane shows which read is slow only if the server has sent the results of all reads before it. Normally it
/// sends the results of a batch together, because that is fastest. So after a stall the connections request each result on
/// its own for a while. From then on the oldest read of a stalled lane is the slow one, and counts against its table.
///
/// On a busy machine a lane of fast reads stalls too. So each result of a table counts for it, and a table is slow only if
/// more than one in ``readsPerSlowRead`` of its reads is.
struct SlowTables {
  /// A lane that stays stalled for this many looks, while other connections bring results, carries a slow read. It counts
  /// looks, and no time: a loop that is late itself must not take its own delay for the server's. Where no connection
  /// brings a result between two looks, the machine or the server is busy, and every table would seem slow.
  static let slowLooks = 5
  /// How long a table is slow after its last slow read, and how long results are requested one by one after it.
  static let memoryMilliseconds = 10_000
  /// How long results are requested one by one after a stall that may have been none of a slow read.
  static let separationMilliseconds = 1_000
  /// The results that outweigh one slow read of the same table.
  static let readsPerSlowRead = 256
  /// The most results that count for a table: a few stalls in a row do not make a busy table slow.
  static let mostCredit = 4 * readsPerSlowRead

  /// A table that stalled a lane.
  private struct Entry {
    let operation: Operation
    var until: UInt64
    /// The results, less ``readsPerSlowRead`` for each slow read.
    var credit = 0
  }

  private var entries: [Entry] = []
  private var separating: (since: UInt64, until: UInt64)?

  /// Whether the connections request each result on its own.
  var isSeparating: Bool { separating != nil }

  /// Whether reads of the operation's table were slow lately.
  func contain(_ operation: Operation) -> Bool {
    index(of: operation).map { entries[$0].credit < 0 } ?? false
  }

  /// Whether the operation's table stalled a lane lately, and has not had many results since.
  func mayContain(_ operation: Operation) -> Bool {
    index(of: operation).map { entries[$0].credit < Self.readsPerSlowRead } ?? false
  }

  /// Whether the oldest read of a lane that has completed nothing since a moment is what stalls it.
  func showOldest(since: UInt64) -> Bool { separating.map { $0.since < since } ?? false }

  /// Records a lane that has stalled. Returns whether the connections must begin to request each result on its own.
  mutating func recordStall(_ oldest: Operation, at now: UInt64) -> Bool {
    let known = refresh(oldest, at: now)
    if known == nil {
      entries.append(Entry(operation: oldest, until: Self.end(Self.memoryMilliseconds, now)))
    }
    return separate(forMilliseconds: Self.separationMilliseconds, at: now)
  }

  /// Records a slow read: the oldest of a lane that has completed nothing since a moment.
  mutating func record(_ oldest: Operation, stalledSince since: UInt64, at now: UInt64) {
    if showOldest(since: since), let known = refresh(oldest, at: now) {
      entries[known].credit = max(entries[known].credit, 0) - Self.readsPerSlowRead
    }
    // While reads are slow, a lane that stalls must show which read is.
    _ = separate(forMilliseconds: Self.memoryMilliseconds, at: now)
  }

  /// Records a result.
  mutating func recordResult(_ operation: Operation) {
    guard let known = index(of: operation), entries[known].credit < Self.mostCredit else { return }
    entries[known].credit += 1
  }

  /// Forgets what is long ago. Returns whether the server may send the results of a batch together again.
  mutating func expire(at now: UInt64) -> Bool {
    if !entries.isEmpty { entries.removeAll { now >= $0.until } }
    guard let separating, now >= separating.until else { return false }
    self.separating = nil
    return true
  }

  private mutating func refresh(_ operation: Operation, at now: UInt64) -> Int? {
    guard let known = index(of: operation) else { return nil }
    entries[known].until = Self.end(Self.memoryMilliseconds, now)
    return known
  }

  private mutating func separate(forMilliseconds milliseconds: Int, at now: UInt64) -> Bool {
    let until = Self.end(milliseconds, now)
    defer { separating = (separating?.since ?? now, max(separating?.until ?? until, until)) }
    return separating == nil
  }

  private static func end(_ milliseconds: Int, _ now: UInt64) -> UInt64 {
    now + UInt64(milliseconds) * 1_000_000
  }

  private func index(of operation: Operation) -> Int? {
    if entries.isEmpty { return nil }
    return entries.firstIndex { $0.operation.concerns(operation) }
  }
}
