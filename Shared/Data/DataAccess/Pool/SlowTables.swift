/// The tables whose reads were slow lately. A pool keeps such reads on a lane apart from the others.
///
/// A stalled lane shows which read is slow only if the server has sent the results of all reads before it. Normally it
/// sends the results of a batch together, because that is fastest. So after the first slow read the connections request
/// each result on its own for a while. From then on the oldest read of a stalled lane is the slow one, and its table is
/// recorded here.
struct SlowTables {
  /// A lane that stays stalled for this many looks carries a slow read. It counts looks, and no time: a loop that is late
  /// itself must not take its own delay for the server's.
  static let slowLooks = 5
  /// How long a table is slow after its last slow read, and how long results are requested one by one.
  static let memoryMilliseconds = 10_000
  /// The pause after a failed trial of a read of such a table; see ``PoolState/trial(of:at:)``.
  static let trialPauseMilliseconds = 2_000

  private struct Entry {
    let operation: Operation
    var until: UInt64
    var nextTrial: UInt64
  }

  private var entries: [Entry] = []
  private var separating: (since: UInt64, until: UInt64)?

  /// Whether the connections request each result on its own.
  var isSeparating: Bool { separating != nil }

  /// Whether reads of the operation's table were slow lately.
  func contain(_ operation: Operation) -> Bool { index(of: operation) != nil }

  /// Whether a trial of a read of the table failed a short time ago.
  func forbidTrial(of operation: Operation, at now: UInt64) -> Bool {
    index(of: operation).map { now < entries[$0].nextTrial } ?? false
  }

  /// A trial of a read of the table failed.
  mutating func trialFailed(_ operation: Operation, at now: UInt64) {
    guard let index = index(of: operation) else { return }
    entries[index].nextTrial = now + UInt64(Self.trialPauseMilliseconds) * 1_000_000
  }

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
      entries.append(Entry(operation: oldest, until: until, nextTrial: 0))
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
