import Clock

/// A connection of a pool; the number is never used again.
struct ConnectionID: Hashable, Sendable {
  let number: Int
}

/// Somebody who waits for a connection.
struct WaiterID: Hashable, Sendable {
  let number: Int
}

/// How a connection is wanted.
enum ConnectionUse: Sendable {
  /// For one autocommit read, beside those of others where the driver can do that.
  case shared
  /// For the borrower alone.
  case exclusive
}

/// What became of asking for a connection.
enum Acquisition {
  case granted(ConnectionID)
  case queued(WaiterID, [PoolAction])
  case refused(DatabaseError)
}

/// What the performer has to do.
enum PoolAction {
  case open(ConnectionID)
  case close(ConnectionID)
  case grant(WaiterID, ConnectionID)
  case refuse(WaiterID, DatabaseError)
  /// Everything is closed.
  case closed
}

/// The rules of one loop's pool, without connections, timers or I/O: events go in, actions come out.
///
/// Where the driver multiplexes reads, shared use goes to one connection for as long as it is not lent, and one
/// connection less than there are is lent at a time, so that a long transaction never stops reading. A pool of one
/// cannot keep that promise: there the two uses take turns in the order of asking.
struct PoolState {
  enum Slot {
    case opening(since: UInt64)
    case idle
    case reading(Int)
    case lent(Operation, since: UInt64)
  }

  struct Entry {
    let id: ConnectionID
    var slot: Slot
  }

  struct Waiter {
    let id: WaiterID
    let use: ConnectionUse
    let operation: Operation
    let deadline: UInt64
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

  /// Asks for a connection. Granting one that is free costs no allocation and reads `now` only to note the holder.
  mutating func acquire(
    _ wanted: ConnectionUse, for operation: Operation, now: @autoclosure () -> UInt64
  ) -> Acquisition {
    guard case .open = phase else {
      return .refused(DatabaseError(.shuttingDown, operation: operation.description))
    }
    let use = multiplexesReads ? wanted : .exclusive
    if !isBehindOthers(use), let id = place(use, operation, now: now) { return .granted(id) }
    guard waiters.count < configuration.queueLimit else {
      return .refused(refusal(of: operation, "the queue is full; \(diagnosis(at: now()))"))
    }
    lastWaiter += 1
    let waiter = WaiterID(number: lastWaiter)
    let deadline = now() + UInt64(configuration.acquireTimeoutMilliseconds) * 1_000_000
    waiters.append(Waiter(id: waiter, use: use, operation: operation, deadline: deadline))
    return .queued(waiter, openings(at: now()))
  }

  /// Nobody overtakes those who wait for the same use; a pool of one serves both uses in one line.
  private func isBehindOthers(_ use: ConnectionUse) -> Bool {
    if waiters.isEmpty { return false }
    return configuration.size == 1 || waiters.contains { $0.use == use }
  }

  /// Notes who has a connection now, or ends its being free; nil when there is none to have.
  mutating func place(_ use: ConnectionUse, _ operation: Operation, now: () -> UInt64) -> ConnectionID? {
    switch use {
    case .shared:
      if let position = entries.firstIndex(where: \.isReading) ?? entries.firstIndex(where: \.isIdle) {
        entries[position].slot = .reading(entries[position].readCount + 1)
        return entries[position].id
      }
    case .exclusive:
      if lentCount < lendingLimit, let position = entries.lastIndex(where: \.isIdle) {
        entries[position].slot = .lent(operation, since: now())
        return entries[position].id
      }
    }
    return nil
  }

  /// How many connections may be lent at a time.
  var lendingLimit: Int {
    multiplexesReads && configuration.size > 1 ? configuration.size - 1 : configuration.size
  }

  var lentCount: Int { entries.count(where: \.isLent) }

  mutating func nextConnection() -> ConnectionID {
    lastConnection += 1
    return ConnectionID(number: lastConnection)
  }

  /// Replaces what a holder is said to be doing.
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
  var isLent: Bool { if case .lent = slot { true } else { false } }
  var isOpening: Bool { if case .opening = slot { true } else { false } }
  var readCount: Int { if case .reading(let count) = slot { count } else { 0 } }
}
