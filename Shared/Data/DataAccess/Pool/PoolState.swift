import Clock

/// A connection of a pool; no number is used twice.
struct ConnectionID: Hashable, Sendable {
  let number: Int
}

/// A caller that waits for a connection.
struct WaiterID: Hashable, Sendable {
  let number: Int
}

/// How the caller uses a connection.
enum ConnectionUse: Sendable {
  /// For one autocommit read, together with other reads where the driver multiplexes.
  case shared
  /// For one borrower alone.
  case exclusive
}

/// The result of a request for a connection.
enum Acquisition {
  case granted(ConnectionID)
  case queued(WaiterID, [PoolAction])
  case refused(DatabaseError)
}

/// An action for the performer.
enum PoolAction {
  case open(ConnectionID)
  case close(ConnectionID)
  case grant(WaiterID, ConnectionID)
  case refuse(WaiterID, DatabaseError)
  /// The lane is stalled: send the reads behind its oldest one again, on another lane.
  case move(ConnectionID)
  /// Request each result on its own, or again the results of a batch together; see ``SlowTables``.
  case separateResults(Bool)
  /// Every connection is closed.
  case closed
}

/// The rules of one loop's pool, without connections, timers or I/O: events go in, actions come out.
///
/// Where the driver multiplexes reads, all shared uses go to one connection that is not lent: a lane (see ``ReadLane``
/// for the lanes that stall). The pool lends at most all usable connections but one, so that long transactions never
/// stop the reads. A stalled lane is not usable. Reads of tables that were slow lately have lanes apart from the others
/// (`PoolState+Apart.swift`). When one usable connection is left, the two uses take turns on it, in
/// the order of their requests, as in a pool of one connection. Reads that a stalled lane holds up pass over it one at a
/// time, as trials.
struct PoolState {
  enum Slot {
    case opening(since: UInt64)
    case idle
    case reading(ReadLane)
    case lent(Operation, since: UInt64)
  }

  struct Entry {
    let id: ConnectionID
    var slot: Slot
    /// Whether it takes nothing new, and closes once it is free.
    var isExpired = false
  }

  struct Waiter {
    let id: WaiterID
    let use: ConnectionUse
    let operation: Operation
    let deadline: UInt64
    /// Until when a read waits for a connection apart; see ``Patience``.
    let patienceEnd: UInt64
    /// Whether it waits for a second copy of a read, and the first is under way.
    var isCopy: Bool
  }

  /// The second copies that wait for the same connections.
  enum CopyKind {
    case apart, common
  }

  enum Phase {
    case open
    case closing(deadline: UInt64)
    case closed
  }

  let configuration: PoolConfiguration
  let multiplexesReads: Bool
  var entries: [Entry] = []
  var waiters: [Waiter] = []
  var slow = SlowTables()
  var pauses = TrialPauses()
  /// The reads that have ended on any connection.
  var results: UInt32 = 0
  var phase = Phase.open
  var backoff: Backoff
  /// When the next attempt to connect may begin; 0 unless the last one failed.
  var nextAttempt: UInt64 = 0
  private var lastConnection = 0
  private var lastWaiter = 0

  init(configuration: PoolConfiguration, multiplexesReads: Bool) {
    self.configuration = configuration
    self.multiplexesReads = multiplexesReads
    backoff = Backoff(
      firstMilliseconds: configuration.reconnectMinimumMilliseconds,
      maximumMilliseconds: configuration.reconnectMaximumMilliseconds)
  }

  /// Requests a connection. Granting a free one allocates nothing and reads `now` only to record the holder.
  mutating func acquire(
    _ wanted: ConnectionUse, for operation: Operation, isCopy: Bool = false, now: @autoclosure () -> UInt64
  ) -> Acquisition {
    guard case .open = phase else {
      return .refused(DatabaseError(.shuttingDown, operation: operation.description))
    }
    let use = multiplexesReads ? wanted : .exclusive
    let patience = isCopy ? Patience.hasCopy : .waits
    if !isBehindOthers(use, operation, isCopy: isCopy), let id = place(use, operation, patience, now: now) {
      return .granted(id)
    }
    guard waiters.count < configuration.queueLimit else {
      return .refused(refusal(of: operation, "the queue is full; \(diagnosis(at: now()))"))
    }
    lastWaiter += 1
    let waiter = WaiterID(number: lastWaiter)
    let now = now()
    waiters.append(
      Waiter(
        id: waiter, use: use, operation: operation,
        deadline: now + UInt64(configuration.acquireTimeoutMilliseconds) * 1_000_000,
        patienceEnd: now + UInt64(Self.patienceMilliseconds) * 1_000_000, isCopy: isCopy))
    return .queued(waiter, openings(at: now))
  }

  /// A request never overtakes waiters that it competes with.
  private func isBehindOthers(_ use: ConnectionUse, _ operation: Operation, isCopy: Bool) -> Bool {
    if waiters.isEmpty { return false }
    if isCopy {
      let kind = kind(ofCopy: operation)
      if waiters.contains(where: { $0.isCopy && self.kind(ofCopy: $0.operation) == kind }) { return true }
    }
    return waiters.contains { !$0.isCopy && competes(use, operation, with: $0) }
  }

  /// Copies of one kind are served in their order, and hold up nothing else: the first copies are under way.
  func kind(ofCopy operation: Operation) -> CopyKind { isApart(operation) ? .apart : .common }

  /// Whether a request must not overtake this waiter: they want the same use, or only one connection is usable.
  ///
  /// A read that may only follow a stalled lane waits for that lane, so it holds up reads of the same table alone, and no
  /// read of another table holds it up. A read that waits for a connection apart holds up only reads that want one too.
  func competes(_ use: ConnectionUse, _ operation: Operation, with waiter: Waiter) -> Bool {
    if waitsApart(waiter), use == .exclusive || !isApart(operation) { return false }
    let isBound = waiter.use == .shared && isBoundToStalledLane(waiter.operation)
    switch use {
    case .shared where isBound: return operation.concerns(waiter.operation)
    case .shared where configuration.size > 1 && isBoundToStalledLane(operation):
      return waiter.use == .exclusive && isSingle
    case .shared where waitsApart(waiter): return true
    case .shared where isApart(operation): return waiter.use == .exclusive && isSingle
    case .shared: return waiter.use == .shared || isSingle
    case .exclusive: return !isBound && (waiter.use == .exclusive || isSingle)
    }
  }

  /// Assigns a free connection, and records a borrower; nil when no connection is free.
  mutating func place(
    _ use: ConnectionUse, _ operation: Operation, _ patience: Patience, now: () -> UInt64
  ) -> ConnectionID? {
    switch use {
    case .shared:
      guard let position = lane(for: operation, patience, at: now) else { return nil }
      addRead(operation, at: position)
      return entries[position].id
    case .exclusive:
      guard lentCount < lendingLimit, let position = entries.lastIndex(where: \.isIdle) else { return nil }
      entries[position].slot = .lent(operation, since: now())
      return entries[position].id
    }
  }

  /// The most connections that are lent at a time.
  var lendingLimit: Int {
    guard multiplexesReads else { return configuration.size }
    return max(1, usableCount - 1)
  }

  var lentCount: Int { entries.count(where: \.isLent) }

  var newestConnection: ConnectionID { ConnectionID(number: lastConnection) }

  mutating func nextConnection() -> ConnectionID {
    lastConnection += 1
    return ConnectionID(number: lastConnection)
  }

  /// Replaces the operation of a holder.
  mutating func describe(_ id: ConnectionID, as operation: Operation) {
    guard let position = position(of: id), case .lent(_, let since) = entries[position].slot else { return }
    entries[position].slot = .lent(operation, since: since)
  }

  func position(of id: ConnectionID) -> Int? {
    entries.firstIndex { $0.id == id }
  }
}

extension PoolState.Entry {
  var isIdle: Bool { if case .idle = slot { true } else { false } }
  var isReading: Bool { if case .reading = slot { true } else { false } }
  /// Whether it carries reads, is neither stalled nor draining, and is not apart for slow reads.
  var isCommonLane: Bool {
    guard case .reading(let lane) = slot else { return false }
    return !lane.isStalled && !lane.isDraining && !lane.isApart && !isExpired
  }
  /// Whether it carries reads apart from the common lanes.
  var isLaneApart: Bool { if case .reading(let lane) = slot { lane.isApart && !isExpired } else { false } }
  var isLent: Bool { if case .lent = slot { true } else { false } }
  var isOpening: Bool { if case .opening = slot { true } else { false } }
  var isStalled: Bool { if case .reading(let lane) = slot { lane.isStalled } else { false } }
  /// The lane of the connection; an empty one when it carries no reads.
  var lane: ReadLane { if case .reading(let lane) = slot { lane } else { ReadLane() } }
}
