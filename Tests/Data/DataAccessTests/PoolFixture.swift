@testable import DataAccess

/// A pool's state, as a class that expectations can change, with a clock that moves only on request.
final class PoolFixture {
  var state: PoolState
  var now: UInt64 = 0

  init(size: Int, multiplexes: Bool = true, queueLimit: Int = 100, acquireTimeout: Int = 1_000) {
    state = PoolState(
      configuration: PoolConfiguration(
        size: size, acquireTimeoutMilliseconds: acquireTimeout, queueLimit: queueLimit,
        connectTimeoutMilliseconds: 500, reconnectMinimumMilliseconds: 100, reconnectMaximumMilliseconds: 400,
        closeTimeoutMilliseconds: 2_000),
      multiplexesReads: multiplexes)
  }

  func wait(milliseconds: UInt64) -> [PoolAction] {
    now += milliseconds * 1_000_000
    return state.tick(at: now)
  }

  func opened(_ id: ConnectionID) -> [PoolAction] { state.opened(id, at: now) }

  func released(_ id: ConnectionID) -> [PoolAction] { state.released(id, at: now) }

  func expire(_ id: ConnectionID) -> [PoolAction] { state.expire(id, at: now) }

  func lost(_ id: ConnectionID) -> [PoolAction] { state.lost(id, at: now) }

  func refused(_ id: ConnectionID) -> [PoolAction] {
    state.openingFailed(id, DatabaseError(.connectionRefused), at: now)
  }

  func close() -> [PoolAction] { state.close(at: now) }

  func acquire(_ use: ConnectionUse, _ label: String = "work") -> Acquisition {
    state.acquire(use, for: Operation(.other, label: label), now: now)
  }

  /// Requests a connection that must be free.
  func granted(_ use: ConnectionUse, _ label: String = "work") -> ConnectionID? {
    if case .granted(let id) = acquire(use, label) { id } else { nil }
  }

  /// Requests a connection that must not be free.
  func queued(_ use: ConnectionUse, _ label: String = "work") -> (WaiterID, [PoolAction])? {
    if case .queued(let waiter, let actions) = acquire(use, label) { (waiter, actions) } else { nil }
  }

  /// Requests a connection for a read of a table.
  func read(_ table: String) -> Acquisition {
    state.acquire(.shared, for: Operation(.select, table: table), now: now)
  }

  /// Requests a connection for a read of a table, which must be free.
  func grantedRead(_ table: String) -> ConnectionID? {
    if case .granted(let id) = read(table) { id } else { nil }
  }

  /// Looks at the lanes, of which those in `oldest` have a read of that table in front.
  func look(_ oldest: [ConnectionID: String]) -> [PoolAction] {
    state.lookAtLanes(at: now) { id in oldest[id].map { Operation(.select, table: $0) } }
  }

  /// Lets the lanes make no progress until they are stalled.
  @discardableResult
  func stall(_ oldest: [ConnectionID: String]) -> [PoolAction] {
    let first = look(oldest)
    now += UInt64(ReadLane.stallMilliseconds) * 1_000_000
    return first + look(oldest)
  }

  /// Records the table as slow, as two slow reads do.
  func recordSlow(_ table: String) {
    let read = Operation(.select, table: table)
    _ = state.slow.recordStall(read, at: now)
    state.slow.record(read, stalledSince: now + 1, at: now)
  }

  /// Records results of reads of the table.
  func recordResults(_ table: String, _ count: Int) {
    for _ in 0..<count { state.slow.recordResult(Operation(.select, table: table)) }
  }

  func isSlow(_ table: String) -> Bool { state.slow.contain(Operation(.select, table: table)) }

  /// The reads on a connection.
  func depth(_ id: ConnectionID) -> Int { state.entries.first { $0.id == id }?.lane.count ?? 0 }

  /// Opens `count` connections by requests for them, and returns them all.
  func open(_ count: Int) -> [ConnectionID] {
    var opened: [ConnectionID] = []
    while opened.count < count {
      guard let (_, actions) = queued(.exclusive), let id = actions.opened.first else { return opened }
      opened.append(id)
      _ = state.opened(id, at: now)
    }
    for id in opened { _ = state.released(id, at: now) }
    return opened
  }
}

extension [PoolAction] {
  var opened: [ConnectionID] {
    compactMap { if case .open(let id) = $0 { id } else { nil } }
  }

  var closed: [ConnectionID] {
    compactMap { if case .close(let id) = $0 { id } else { nil } }
  }

  var granted: [WaiterID] {
    compactMap { if case .grant(let waiter, _) = $0 { waiter } else { nil } }
  }

  var refused: [DatabaseError.Kind] {
    compactMap { if case .refuse(_, let error) = $0 { error.kind } else { nil } }
  }

  var moved: [ConnectionID] {
    compactMap { if case .move(let id) = $0 { id } else { nil } }
  }

  var isFinished: Bool {
    contains { if case .closed = $0 { true } else { false } }
  }
}
