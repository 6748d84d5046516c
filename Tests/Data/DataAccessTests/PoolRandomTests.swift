import TestSupport
import Testing

@testable import DataAccess

/// Drives the pool's rules with long random sequences of events, and checks the invariants after each.
@Suite struct PoolRandomTests {
  @Test(arguments: [(1, true), (1, false), (2, true), (3, true), (3, false), (8, true)])
  func `no sequence of events lends twice, opens too many or loses a waiter`(size: Int, multiplexes: Bool) {
    for seed in 0..<50 {
      var simulation = PoolSimulation(size: size, multiplexes: multiplexes, seed: UInt64(seed))
      for _ in 0..<400 { simulation.step() }
      simulation.settle()
      #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations)")
    }
  }
}

/// The surroundings of a pool: borrowers and readers, attempts in progress, waiters.
struct PoolSimulation {
  var pool: PoolFixture
  var generator: SplitMix64
  let isMultiplexing: Bool
  var opening: Set<ConnectionID> = []
  var openConnections: Set<ConnectionID> = []
  /// The tables of the reads on each connection, oldest first.
  var readers: [ConnectionID: [String]] = [:]
  var borrowed: Set<ConnectionID> = []
  var waiting: [WaiterID: Wait] = [:]
  var violations: [String] = []

  struct Wait {
    let use: ConnectionUse
    let table: String
    let since: UInt64
  }

  init(size: Int, multiplexes: Bool, seed: UInt64) {
    pool = PoolFixture(size: size, multiplexes: multiplexes, queueLimit: 20)
    isMultiplexing = multiplexes
    generator = SplitMix64(seed: seed)
  }

  mutating func step() {
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<25: acquire(.shared, table)
    case 25..<40: acquire(.exclusive, table)
    case 40..<45: look()
    case 45..<46: pool.recordSlow(table)
    case 46..<60: release(Array(borrowed))
    case 60..<75: release(Array(readers.keys))
    case 75..<86: finishOpening(succeeds: true)
    case 86..<90: finishOpening(succeeds: false)
    case 90..<94: lose()
    case 94..<96: expire()
    default: carryOut(pool.wait(milliseconds: UInt64.random(in: 0..<300, using: &generator)))
    }
    check()
  }

  /// Lets everything succeed; then no waiter may remain.
  mutating func settle() {
    for _ in 0..<200 where !waiting.isEmpty || !borrowed.isEmpty || !readers.isEmpty {
      release(Array(borrowed))
      release(Array(readers.keys))
      finishOpening(succeeds: true)
      carryOut(pool.wait(milliseconds: 50))
      check()
    }
    if !waiting.isEmpty { violations.append("\(waiting.count) waiters were forgotten") }
  }

  private var table: String {
    mutating get { ["a", "b", "c"].randomElement(using: &generator) ?? "a" }
  }

  private mutating func acquire(_ use: ConnectionUse, _ table: String) {
    take(pool.state.acquire(use, for: Operation(.select, table: table), now: pool.now), use, table)
  }

  private mutating func take(_ acquisition: Acquisition, _ use: ConnectionUse, _ table: String) {
    switch acquisition {
    case .granted(let id): take(id, use, table)
    case .queued(let waiter, let actions):
      waiting[waiter] = Wait(use: use, table: table, since: pool.now)
      carryOut(actions)
    case .refused: break
    }
  }

  /// A time in which no lane makes progress, and the looks at its start and at its end.
  private mutating func look() {
    let oldest = readers.compactMapValues(\.first)
    carryOut(pool.look(oldest))
    pool.now += UInt64(ReadLane.stallMilliseconds) * 1_000_000
    carryOut(pool.look(oldest))
  }

  /// Requests another lane for each read behind the oldest one, and ends one of the waits at once.
  private mutating func move(_ id: ConnectionID) {
    for table in readers[id]?.dropFirst() ?? [] {
      guard let acquisition = pool.state.moveRead(Operation(.select, table: table), at: pool.now) else {
        continue
      }
      if case .granted(let lane) = acquisition, lane == id {
        violations.append("moved a read to its own lane")
      }
      take(acquisition, .shared, table)
      guard case .queued(let waiter, _) = acquisition, Bool.random(using: &generator) else { continue }
      if waiting.removeValue(forKey: waiter) != nil {
        carryOut(pool.state.withdraw(waiter, at: pool.now))
      }
    }
  }

  private mutating func take(
    _ id: ConnectionID, _ use: ConnectionUse, _ table: String, mayMix: Bool = false
  ) {
    if !openConnections.contains(id) { violations.append("granted a connection that is not open") }
    if borrowed.contains(id) { violations.append("granted a connection that is lent") }
    if use == .shared, isMultiplexing {
      if !mayMix { checkLane(id, table) }
      readers[id, default: []].append(table)
    } else {
      if readers[id] != nil { violations.append("lent a connection that carries reads") }
      borrowed.insert(id)
    }
  }

  /// A read just joined the lane. Slow reads and others share none while the pool may open a connection; reads of a
  /// stalled lane wait in any case.
  private mutating func checkLane(_ id: ConnectionID, _ table: String) {
    guard let entry = pool.state.entries.first(where: { $0.id == id }), let others = readers[id],
      !entry.isStalled, pool.state.mayGrow(at: pool.now)
    else { return }
    let isSlow = pool.state.isApart(Operation(.select, table: table))
    if isSlow, !entry.lane.isApart { violations.append("a slow read joined a lane of \(others)") }
    if !isSlow, entry.lane.isApart { violations.append("a read joined a lane of slow reads") }
  }

  private mutating func release(_ candidates: [ConnectionID]) {
    let sorted = candidates.sorted { $0.number < $1.number }
    guard let id = sorted.randomElement(using: &generator) else { return }
    if borrowed.remove(id) == nil {
      if let table = readers[id]?.removeFirst() { pool.recordResults(table, 1) }
      if readers[id]?.isEmpty == true { readers[id] = nil }
    }
    carryOut(pool.released(id))
  }

  private mutating func finishOpening(succeeds: Bool) {
    guard let id = opening.min(by: { $0.number < $1.number }) else { return }
    opening.remove(id)
    if succeeds {
      openConnections.insert(id)
      carryOut(pool.opened(id))
    } else {
      carryOut(pool.refused(id))
    }
  }

  private mutating func lose() {
    let sorted = openConnections.sorted { $0.number < $1.number }
    guard let id = sorted.randomElement(using: &generator) else { return }
    openConnections.remove(id)
    borrowed.remove(id)
    readers[id] = nil
    carryOut(pool.lost(id))
  }

  private mutating func expire() {
    let sorted = openConnections.sorted { $0.number < $1.number }
    if let id = sorted.randomElement(using: &generator) { carryOut(pool.expire(id)) }
  }

  private mutating func carryOut(_ actions: [PoolAction]) {
    for action in actions {
      switch action {
      case .open(let id): opening.insert(id)
      case .close(let id):
        openConnections.remove(id)
        if borrowed.contains(id) || readers[id] != nil { violations.append("closed a connection in use") }
      case .grant(let waiter, let id):
        if let wait = waiting.removeValue(forKey: waiter) {
          let limit = UInt64(PoolState.patienceMilliseconds) * 1_000_000
          take(id, wait.use, wait.table, mayMix: pool.now >= wait.since + limit)
        } else {
          violations.append("granted to no waiter")
        }
      case .refuse(let waiter, _):
        if waiting.removeValue(forKey: waiter) == nil { violations.append("refused no waiter") }
      case .move(let id): move(id)
      case .separateResults: break
      case .closed: violations.append("closed without being asked")
      }
    }
  }

  private mutating func check() {
    let size = pool.state.configuration.size
    if pool.state.entries.count > size { violations.append("more connections than the size") }
    if isMultiplexing, size > 1, borrowed.count >= size { violations.append("nothing is left for reads") }
    let depth = pool.state.entries.map(\.lane.count).max() ?? 0
    if depth != readers.values.map(\.count).max() ?? 0 { violations.append("the lanes and the reads differ") }
    if pool.state.waiters.count != waiting.count { violations.append("the queue and the waiters differ") }
  }
}
