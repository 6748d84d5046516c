extension PoolState {
  /// The connection is ready for use.
  mutating func opened(_ id: ConnectionID, at now: UInt64) -> [PoolAction] {
    guard let position = position(of: id) else { return [.close(id)] }
    entries[position].slot = .idle
    backoff.reset()
    nextAttempt = 0
    return settle(at: now)
  }

  /// The connection could not be opened. Without any other open connection, every waiter fails at once with the reason:
  /// the next attempt comes too late for them.
  mutating func openingFailed(_ id: ConnectionID, _ error: DatabaseError, at now: UInt64) -> [PoolAction] {
    guard let position = position(of: id) else { return [] }
    entries.remove(at: position)
    nextAttempt = now + UInt64(backoff.nextWholePauseMilliseconds()) * 1_000_000
    guard entries.allSatisfy(\.isOpening) else { return settle(at: now) }
    let refused = waiters.map { PoolAction.refuse($0.id, error.withoutEffect(of: $0.operation)) }
    waiters = []
    return refused + settle(at: now)
  }

  /// A borrower, or one read, no longer needs the connection.
  mutating func released(_ id: ConnectionID, at now: @autoclosure () -> UInt64) -> [PoolAction] {
    guard let position = position(of: id) else { return [] }
    switch entries[position].slot {
    case .reading(let lane):
      results &+= 1
      let drains = lane.stall.map { slow.mayContain($0.oldest) } ?? false
      entries[position].slot = lane.completing(thenDrains: drains).map(Slot.reading) ?? .idle
    case .lent:
      entries[position].slot = .idle
    case .opening, .idle:
      return []
    }
    return settle(after: position, at: now())
  }

  /// A user of the connection has gone.
  mutating func settle(after position: Int, at now: @autoclosure () -> UInt64) -> [PoolAction] {
    if entries[position].isExpired, entries[position].isIdle { return closing(position, at: now()) }
    if case .open = phase, waiters.isEmpty { return [] }
    return settle(at: now())
  }

  /// The connection must end, and its work goes on until it does.
  mutating func expire(_ id: ConnectionID, at now: UInt64) -> [PoolAction] {
    guard let position = position(of: id) else { return [] }
    entries[position].isExpired = true
    return entries[position].isIdle ? closing(position, at: now) : []
  }

  private mutating func closing(_ position: Int, at now: UInt64) -> [PoolAction] {
    let id = entries[position].id
    entries.remove(at: position)
    return [.close(id)] + settle(at: now)
  }

  /// The connection has ended or is about to be closed; its user receives the error from the connection itself.
  mutating func lost(_ id: ConnectionID, at now: UInt64) -> [PoolAction] {
    guard let position = position(of: id) else { return [] }
    entries.remove(at: position)
    return settle(at: now)
  }

  /// Time has passed.
  mutating func tick(at now: UInt64) -> [PoolAction] {
    if case .closing(let deadline) = phase, now >= deadline { return abandonAll() }
    return expiredWaiters(at: now) + expiredOpenings(at: now) + settle(at: now)
  }

  /// Ends the work: refuses waiters, closes free connections, and leaves lent connections until the deadline.
  mutating func close(at now: UInt64) -> [PoolAction] {
    guard case .open = phase else { return [] }
    phase = .closing(deadline: now + UInt64(configuration.closeTimeoutMilliseconds) * 1_000_000)
    let refused = waiters.map {
      PoolAction.refuse($0.id, DatabaseError(.shuttingDown, operation: $0.operation.description))
    }
    waiters = []
    return refused + settle(at: now)
  }

  /// Whether a deadline is pending.
  var needsTicks: Bool {
    if case .closing = phase { return true }
    return !waiters.isEmpty || entries.contains { $0.isOpening || $0.isLent || $0.isReading }
  }
}

extension PoolState {
  mutating func settle(at now: UInt64) -> [PoolAction] {
    switch phase {
    case .open: grants(at: now) + openings(at: now)
    case .closing: closings()
    case .closed: []
    }
  }

  /// Serves the queue in its order; a waiter that must wait blocks the later waiters that compete with it.
  private mutating func grants(at now: UInt64) -> [PoolAction] {
    var actions: [PoolAction] = []
    var waiting: [Waiter] = []
    // The first copies that wait. Only they are compared with, because a stall can queue hundreds of second copies.
    var holding: [Waiter] = []
    var waitingCopies: Set<CopyKind> = []
    for waiter in waiters {
      let copy = waiter.isCopy ? kind(ofCopy: waiter.operation) : nil
      let isBlocked =
        copy.map(waitingCopies.contains) == true
        || holding.contains { competes(waiter.use, waiter.operation, with: $0) }
      if !isBlocked, let id = place(waiter.use, waiter.operation, waiter.patience(at: now), now: { now }) {
        actions.append(.grant(waiter.id, id))
        continue
      }
      waiting.append(waiter)
      if let copy { waitingCopies.insert(copy) } else { holding.append(waiter) }
    }
    waiters = waiting
    return actions
  }

  /// Opens as many connections as the waiters can use, and no more at a time.
  mutating func openings(at now: UInt64) -> [PoolAction] {
    guard !waiters.isEmpty, now >= nextAttempt else { return [] }
    let borrowers = waiters.count { $0.use == .exclusive }
    let lendable = max(0, min(borrowers, lendingLimit - lentCount))
    let wanted = max(lendable + wantedForReads, entries.isEmpty ? 1 : 0)
    var actions: [PoolAction] = []
    var opening = entries.count(where: \.isOpening)
    while opening < wanted, entries.count < configuration.size {
      let id = nextConnection()
      entries.append(Entry(id: id, slot: .opening(since: now)))
      actions.append(.open(id))
      opening += 1
    }
    return actions
  }

  private mutating func closings() -> [PoolAction] {
    var actions: [PoolAction] = []
    entries.removeAll { entry in
      switch entry.slot {
      case .idle: actions.append(.close(entry.id))
      case .opening: break
      case .reading, .lent: return false
      }
      return true
    }
    guard entries.isEmpty else { return actions }
    phase = .closed
    return actions + [.closed]
  }

  private mutating func abandonAll() -> [PoolAction] {
    let actions = entries.map { PoolAction.close($0.id) } + [.closed]
    entries = []
    phase = .closed
    return actions
  }

  private mutating func expiredWaiters(at now: UInt64) -> [PoolAction] {
    let expired = waiters.filter { now >= end(of: $0) }
    if expired.isEmpty { return [] }
    let text = diagnosis(at: now)
    let ended = Set(expired.map(\.id))
    waiters.removeAll { ended.contains($0.id) }
    return expired.map { .refuse($0.id, refusal(of: $0.operation, text)) }
  }

  private mutating func expiredOpenings(at now: UInt64) -> [PoolAction] {
    let timeout = UInt64(configuration.connectTimeoutMilliseconds) * 1_000_000
    var actions: [PoolAction] = []
    for entry in entries {
      guard case .opening(let since) = entry.slot, now >= since + timeout else { continue }
      let error = DatabaseError(.connectionRefused, detail: "no answer within \(timeout / 1_000_000) ms")
      actions += openingFailed(entry.id, error, at: now)
    }
    return actions
  }
}
