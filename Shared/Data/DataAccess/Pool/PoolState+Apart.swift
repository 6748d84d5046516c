/// Reads of tables that were slow lately (``SlowTables``), apart from all others.
///
/// Such a read takes a connection of its own, where another one stays ready for the other reads: idle, or a common lane.
/// Otherwise it waits until the pool has opened a connection. At the pool's limit, slow reads share the lanes that they
/// have. So a slow read joins no lane of other reads while the pool may open a connection.
///
/// A read waits so for ``patienceMilliseconds`` and one tick. Then it follows a stalled lane of its table, or takes any lane that
/// is not stalled: the server may not answer, and long transactions may hold all connections but one. A second copy of a slow
/// read is given up after that time.
extension PoolState {
  /// Whether a read waits for a better connection than it can have at once.
  enum Patience {
    case waits
    case takesAny
    /// Another copy of the read is under way, so this one follows no slow read.
    case hasCopy
  }

  /// How long a read waits for a connection of its own. With one tick of the pool it is at most 300 ms.
  static let patienceMilliseconds = 200

  /// Whether a read must stay apart from reads of other tables: its table is slow, or may be and stalls a lane now.
  func isApart(_ operation: Operation) -> Bool {
    guard configuration.size > 1, slow.mayContain(operation) else { return false }
    return slow.contain(operation)
      || entries.contains { entry in
        guard let stall = entry.lane.stall else { return false }
        return stall.oldest.concerns(operation) && slow.showOldest(since: stall.since)
      }
  }

  /// When a waiter is refused. A second copy of a slow read waits no longer than a first one: its lane brings the result sooner.
  func end(of waiter: Waiter) -> UInt64 {
    waiter.isCopy && isApart(waiter.operation) ? min(waiter.patienceEnd, waiter.deadline) : waiter.deadline
  }

  func waitsApart(_ waiter: Waiter) -> Bool { waiter.use == .shared && isApart(waiter.operation) }

  /// The lane for a read of a table that is slow or may be; nil when it must wait.
  func laneApart(for operation: Operation, _ patience: Patience, at now: () -> UInt64) -> Int? {
    if let position = ownConnection() { return position }
    if patience == .hasCopy { return nil }
    let lanes = sharedLanesApart(for: operation)
    if patience == .waits {
      if mayGrow(at: now()) || (lanes.isEmpty && entries.count > 1) { return nil }
      // The lane with the fewest reads becomes free for the borrower.
      if hasWaitingBorrower { return lanes.dropFirst().first }
    }
    return lanes.first ?? stalledLane(for: operation) ?? commonLane() ?? lastLane(patience)
  }

  /// The lanes of slow reads, by their number of reads. They are not for a read that may be fast.
  private func sharedLanesApart(for operation: Operation) -> [Int] {
    guard slow.contain(operation) else { return [] }
    return entries.indices.filter { entries[$0].isLaneApart && !entries[$0].lane.isFull }
      .sorted { entries[$0].lane.count < entries[$1].lane.count }
  }

  /// An idle connection beside which another one stays ready for other reads.
  func ownConnection() -> Int? {
    guard let position = entries.lastIndex(where: \.isIdle), isReady(besides: position) else { return nil }
    return position
  }

  /// Whether a connection other than this one takes reads of any table at once.
  func isReady(besides position: Int?) -> Bool {
    entries.indices.contains { $0 != position && (entries[$0].isIdle || entries[$0].isCommonLane) }
  }

  /// Whether another connection may come soon: the pool opens one, or may begin to.
  func mayGrow(at now: UInt64) -> Bool {
    entries.contains(where: \.isOpening) || (entries.count < configuration.size && now >= nextAttempt)
  }

  /// The connections to open for reads that wait. A slow read needs one of its own, and all others share one, which must
  /// be ready beside those of the slow ones. While the server refuses connections, the pool tries one for them at a time.
  var wantedForReads: Int {
    let slowReads = waiters.count { waitsApart($0) }
    let others = waiters.count { $0.use == .shared } - slowReads
    let shared = others > 0 || (slowReads > 0 && !isReady(besides: nil)) ? 1 : 0
    return backoff.failureCount > 0 ? min(1, shared + slowReads) : shared + slowReads
  }
}

extension PoolState.Waiter {
  func patience(at now: UInt64) -> PoolState.Patience {
    if isCopy { return .hasCopy }
    return now < patienceEnd ? .waits : .takesAny
  }
}
