/// Reads of a table that stalls a lane, when one usable connection is left.
///
/// The table may be locked: then the last connection must stay free for other tables. Or a single read is slow, and the
/// others would be served at once. Only a trial shows which. One read at a time runs on the last connection, beside the
/// reads of other tables. A trial that stalls the connection is cancelled in the engine after ``ReadLane/stallMilliseconds``
/// and one more look, and the next one follows after a pause (``TrialPauses``).
///
/// So a slow read delays other reads of its table by milliseconds, and a locked table delays the reads of other tables
/// by as much, once in each pause. In a pool of one connection there is no trial: the engine answers one statement of a
/// session after the other, and nothing passes the slow one.
extension PoolState {
  /// The result of a request for a trial.
  enum Trial {
    case granted(ConnectionID)
    /// The connection must be opened first.
    case opening([PoolAction])
  }

  /// Requests the last usable connection for a read that a stalled lane holds up; nil while it is not free for one.
  mutating func trial(of operation: Operation, at now: UInt64) -> Trial? {
    guard case .open = phase, isBoundToStalledLane(operation) else { return nil }
    if let position = trialLane(for: operation, at: now) {
      addRead(operation, at: position)
      return .granted(entries[position].id)
    }
    guard waiters.isEmpty, entries.allSatisfy(\.isStalled), entries.count < configuration.size,
      now >= nextAttempt
    else { return nil }
    let id = nextConnection()
    entries.append(Entry(id: id, slot: .opening(since: now)))
    return .opening([.open(id)])
  }

  /// The connection for a trial, which shares it with reads of other tables; nil when a borrower waits for it, another
  /// trial runs, or the pause after a failed one is not over.
  func trialLane(for operation: Operation, at now: UInt64) -> Int? {
    guard configuration.size > 1, !hasWaitingBorrower, !pauses.forbid(operation, at: now),
      !entries.contains(where: \.lane.hasTrial)
    else { return nil }
    return entries.firstIndex { $0.isIdle || $0.takesTrials }
  }

  /// Adds a read to the connection; one that a stalled lane holds up is on trial.
  mutating func addRead(_ operation: Operation, at position: Int) {
    let isTrial = isTrial(operation, on: entries[position])
    let lane = entries[position].lane
    let added = isTrial ? lane.adding(asTrial: true) : lane.adding()
    // A lane is apart when a slow read begins it, and other reads have another one. Beside a trial they have none.
    let isApart = entries[position].isIdle && isApart(operation) && isReady(besides: position)
    entries[position].slot = .reading(isApart ? added.apart() : added)
  }

  /// Whether a read that was just granted this connection is on trial there.
  func isTrial(_ operation: Operation, on id: ConnectionID) -> Bool {
    position(of: id).map { isTrial(operation, on: entries[$0]) } ?? false
  }

  private func isTrial(_ operation: Operation, on entry: Entry) -> Bool {
    !entry.isStalled && isBoundToStalledLane(operation)
  }

  /// A trial has ended: it brought a result, or it was cancelled or lost.
  mutating func trialEnded(_ operation: Operation, on id: ConnectionID, succeeded: Bool, at now: UInt64) {
    pauses.trialEnded(operation, succeeded: succeeded, at: now)
    guard let position = position(of: id), case .reading(var lane) = entries[position].slot else { return }
    lane.endTrial()
    entries[position].slot = .reading(lane)
  }
}

extension PoolState.Entry {
  /// Whether it carries reads, and a trial may join them.
  fileprivate var takesTrials: Bool {
    guard case .reading(let lane) = slot else { return false }
    return !lane.isStalled && !lane.isDraining && !lane.isApart && !lane.isFull && !isExpired
  }
}
