import Clock

/// When a read of a table may be tried on the last connection; see ``PoolState/trial(of:at:)``.
///
/// A failed trial delays the reads of other tables. So the next one follows after a pause, which doubles while trials of
/// the table fail, and ends with one that succeeds. The pause belongs to the table: one with slow reads begins a stall
/// with each of them, and would otherwise have its shortest pause again and again.
struct TrialPauses {
  /// The pause after the first failed trial.
  static let firstMilliseconds = 200
  /// The longest pause.
  static let longestMilliseconds = 2_000
  /// How long after the end of a pause the next one still doubles.
  static let memoryMilliseconds = 10_000

  private struct Entry {
    let operation: Operation
    var next: UInt64
    var backoff: Backoff
  }

  private var entries: [Entry] = []

  /// Whether a trial of a read of the table failed a short time ago.
  func forbid(_ operation: Operation, at now: UInt64) -> Bool {
    index(of: operation).map { now < entries[$0].next } ?? false
  }

  /// Records the end of a trial.
  mutating func trialEnded(_ operation: Operation, succeeded: Bool, at now: UInt64) {
    let known = index(of: operation)
    guard !succeeded else {
      if let known { entries.remove(at: known) }
      return
    }
    if known == nil {
      let backoff = Backoff(
        firstMilliseconds: Self.firstMilliseconds, maximumMilliseconds: Self.longestMilliseconds)
      entries.append(Entry(operation: operation, next: now, backoff: backoff))
    }
    let position = known ?? entries.count - 1
    entries[position].next = now + UInt64(entries[position].backoff.nextWholePauseMilliseconds()) * 1_000_000
  }

  /// Forgets the tables whose last trial failed long ago.
  mutating func expire(at now: UInt64) {
    guard !entries.isEmpty else { return }
    entries.removeAll { now >= $0.next + UInt64(Self.memoryMilliseconds) * 1_000_000 }
  }

  private func index(of operation: Operation) -> Int? {
    if entries.isEmpty { return nil }
    return entries.firstIndex { $0.operation.concerns(operation) }
  }
}
