extension PoolState {
  /// The connection for a read; nil when it must wait.
  ///
  /// The read takes, in this order: the first lane that is neither stalled nor full; an idle connection; a full lane
  /// that is not stalled. A read of a table that was slow lately takes a lane apart (``SlowTables``). A read of a table that stalls a lane takes them only while another connection stays usable
  /// for other tables; else it takes the last connection as a trial (``trial(of:at:)``), or follows its table's stalled
  /// lane with the fewest reads. So a locked table, or one with a slow statement, stalls at most all connections but one.
  /// In a pool of one connection it waits.
  func lane(for operation: Operation, at now: () -> UInt64) -> Int? {
    if isBoundToStalledLane(operation) {
      return trialLane(for: operation, at: now()) ?? stalledLane(for: operation)
    }
    if slow.contain(operation), let position = laneApart() { return position }
    if let position = entries.firstIndex(where: { $0.isCommonLane && !$0.lane.isFull }) { return position }
    let full = entries.firstIndex(where: \.isCommonLane)
    // A second lane for depth alone must not take the connection that a borrower waits for.
    if full != nil, waiters.contains(where: { $0.use == .exclusive }) { return full }
    if let position = entries.firstIndex(where: \.isIdle) ?? full { return position }
    // Beside slow reads only where no connection can be opened.
    return entries.count < configuration.size
      ? nil
      : entries.firstIndex {
        $0.isReading && !$0.isStalled && !$0.isExpired
      }
  }

  /// The lane for a read of a table that was slow lately, apart from the other reads; nil where they need the last
  /// connection.
  private func laneApart() -> Int? {
    let common = entries.count { $0.isIdle || $0.isCommonLane } + configuration.size - entries.count
    if common > 1, let position = entries.lastIndex(where: \.isIdle) { return position }
    return entries.firstIndex {
      $0.isReading && !$0.isStalled && $0.lane.isApart && !$0.lane.isFull && !$0.isExpired
    }
  }

  /// Whether the read may only follow the stalled lane of its table.
  func isBoundToStalledLane(_ operation: Operation) -> Bool {
    guard freeCount < 2 else { return false }
    return entries.contains { $0.lane.stall?.oldest.concerns(operation) == true }
  }

  private func stalledLane(for operation: Operation) -> Int? {
    guard configuration.size > 1 else { return nil }
    let candidates = entries.indices.filter {
      entries[$0].lane.stall?.oldest.concerns(operation) == true && !entries[$0].lane.isFull
    }
    return candidates.min { entries[$0].lane.count < entries[$1].lane.count }
  }

  /// The connections, open or not, that are no stalled lane.
  var usableCount: Int { configuration.size - entries.count(where: \.isStalled) }

  /// The usable connections that are not lent.
  var freeCount: Int { usableCount - lentCount }

  /// Whether reads and borrowers share one connection.
  var isSingle: Bool { usableCount <= 1 }
}

extension PoolState {
  /// Looks at the lanes; `oldest` returns the oldest read of a connection.
  mutating func lookAtLanes(at now: UInt64, oldest: (ConnectionID) -> Operation?) -> [PoolAction] {
    var actions: [PoolAction] = []
    for position in entries.indices {
      guard case .reading(var lane) = entries[position].slot, let operation = oldest(entries[position].id)
      else { continue }
      if lane.look(at: now, oldest: operation) { actions.append(.move(entries[position].id)) }
      if let since = lane.takeSlowStall(results: results),
        slow.record(operation, stalledSince: since, at: now)
      {
        actions.append(.separateResults(true))
      }
      entries[position].slot = .reading(lane)
    }
    pauses.expire(at: now)
    if slow.expire(at: now) { actions.append(.separateResults(false)) }
    return actions.isEmpty ? [] : actions + settle(at: now)
  }

  /// Keeps the lane from becoming free until ``unholdLane(_:at:)``; false when the connection is no lane.
  mutating func holdLane(_ id: ConnectionID) -> Bool {
    guard let position = position(of: id), case .reading(let lane) = entries[position].slot else {
      return false
    }
    entries[position].slot = .reading(lane.holding())
    return true
  }

  /// The cancellation has ended. A lane whose reads have ended meanwhile becomes free.
  mutating func unholdLane(_ id: ConnectionID, at now: UInt64) -> [PoolAction] {
    guard let position = position(of: id), case .reading(let lane) = entries[position].slot else { return [] }
    entries[position].slot = lane.unholding().map(Slot.reading) ?? .idle
    return settle(after: position, at: now)
  }

  func isStalledLane(_ id: ConnectionID) -> Bool {
    position(of: id).map { entries[$0].isStalled } ?? false
  }

  var hasLanes: Bool { entries.contains(where: \.isReading) }

  /// Requests another lane for a read that waits behind a stalled one; nil when it stays where it is.
  mutating func moveRead(_ operation: Operation, at now: UInt64) -> Acquisition? {
    guard case .open = phase, !isBoundToStalledLane(operation), waiters.count < configuration.queueLimit
    else { return nil }
    return acquire(.shared, for: operation, now: now)
  }

  /// The waiter needs no connection any more.
  mutating func withdraw(_ waiter: WaiterID, at now: UInt64) -> [PoolAction] {
    waiters.removeAll { $0.id == waiter }
    return settle(at: now)
  }
}
