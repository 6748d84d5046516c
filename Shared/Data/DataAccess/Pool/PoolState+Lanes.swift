extension PoolState {
  /// The connection for a read; nil when it must wait.
  ///
  /// The read takes, in this order: the first lane that is neither stalled nor full; an idle connection; a full lane
  /// that is not stalled. A read of a table that was slow lately takes a lane apart (``laneApart(for:_:at:)``). A read of a table
  /// that stalls a lane takes them only while another connection stays usable for other tables; else it takes the last
  /// connection as a trial (``trial(of:at:)``), or follows its table's stalled lane with the fewest reads. So a locked table,
  /// or one with a slow statement, stalls at most all connections but one. In a pool of one connection it waits.
  func lane(for operation: Operation, _ patience: Patience, at now: () -> UInt64) -> Int? {
    if isBoundToStalledLane(operation) {
      if let position = trialLane(for: operation, at: now()) { return position }
      return patience == .hasCopy ? nil : stalledLane(for: operation)
    }
    if isApart(operation) { return laneApart(for: operation, patience, at: now) }
    if let position = commonLane() { return position }
    return patience != .takesAny && mayGrow(at: now()) ? nil : lastLane(patience)
  }

  /// The connection that reads share.
  func commonLane() -> Int? {
    if let position = entries.firstIndex(where: { $0.isCommonLane && !$0.lane.isFull }) { return position }
    let full = entries.firstIndex(where: \.isCommonLane)
    // A second lane for depth alone must not take the connection that a borrower waits for.
    if full != nil, hasWaitingBorrower { return full }
    return entries.firstIndex(where: \.isIdle) ?? full
  }

  /// The connection for a read that no better one comes for: a lane that drains, or one of slow reads. A second copy does
  /// not follow a slow read.
  func lastLane(_ patience: Patience) -> Int? {
    let lanes = entries.indices.filter {
      entries[$0].isReading && !entries[$0].isStalled && !entries[$0].isExpired
    }
    return lanes.first { !entries[$0].lane.isApart } ?? (patience == .hasCopy ? nil : lanes.first)
  }

  var hasWaitingBorrower: Bool { waiters.contains { $0.use == .exclusive } }

  /// Whether the read may only follow the stalled lane of its table.
  func isBoundToStalledLane(_ operation: Operation) -> Bool {
    guard freeCount < 2 else { return false }
    return entries.contains { $0.lane.stall?.oldest.concerns(operation) == true }
  }

  func stalledLane(for operation: Operation) -> Int? {
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
      if lane.look(at: now, oldest: operation) {
        if slow.recordStall(operation, at: now) { actions.append(.separateResults(true)) }
        actions.append(.move(entries[position].id))
      }
      if let since = lane.takeSlowStall(results: results) {
        slow.record(operation, stalledSince: since, at: now)
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
    if isApart(operation), ownConnection() == nil, !mayGrow(at: now) { return nil }
    return acquire(.shared, for: operation, isCopy: true, now: now)
  }

  /// The first copy of the waiter's read was lost.
  mutating func becameOnlyCopy(_ waiter: WaiterID) {
    guard let position = waiters.firstIndex(where: { $0.id == waiter }) else { return }
    waiters[position].isCopy = false
  }

  /// The waiter needs no connection any more.
  mutating func withdraw(_ waiter: WaiterID, at now: UInt64) -> [PoolAction] {
    waiters.removeAll { $0.id == waiter }
    return settle(at: now)
  }
}
