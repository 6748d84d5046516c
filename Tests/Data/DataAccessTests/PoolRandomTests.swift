import Testing

@testable import DataAccess

/// Drives the pool's rules with long random sequences of events, and checks the invariants after each.
@Suite struct PoolRandomTests {
  @Test(arguments: [(1, true), (1, false), (2, true), (3, true), (3, false), (8, true)])
  func `no sequence of events lends twice, opens too many or loses a waiter`(size: Int, multiplexes: Bool) {
    for seed in 0..<150 {
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
  var generator: Numbers
  let isMultiplexing: Bool
  var opening: Set<ConnectionID> = []
  var openConnections: Set<ConnectionID> = []
  var readers: [ConnectionID: Int] = [:]
  var borrowed: Set<ConnectionID> = []
  var waiting: [WaiterID: ConnectionUse] = [:]
  var violations: [String] = []

  /// A small deterministic generator (SplitMix64), so that a failure is repeatable.
  struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  init(size: Int, multiplexes: Bool, seed: UInt64) {
    pool = PoolFixture(size: size, multiplexes: multiplexes, queueLimit: 20)
    isMultiplexing = multiplexes
    generator = Numbers(state: seed)
  }

  mutating func step() {
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<25: acquire(.shared)
    case 25..<45: acquire(.exclusive)
    case 45..<60: release(Array(borrowed))
    case 60..<75: release(Array(readers.keys))
    case 75..<86: finishOpening(succeeds: true)
    case 86..<90: finishOpening(succeeds: false)
    case 90..<94: lose()
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

  private mutating func acquire(_ use: ConnectionUse) {
    switch pool.acquire(use) {
    case .granted(let id): take(id, use)
    case .queued(let waiter, let actions):
      waiting[waiter] = use
      carryOut(actions)
    case .refused: break
    }
  }

  private mutating func take(_ id: ConnectionID, _ use: ConnectionUse) {
    if !openConnections.contains(id) { violations.append("granted a connection that is not open") }
    if borrowed.contains(id) { violations.append("granted a connection that is lent") }
    if use == .shared, isMultiplexing {
      readers[id, default: 0] += 1
    } else {
      if readers[id] != nil { violations.append("lent a connection that carries reads") }
      borrowed.insert(id)
    }
  }

  private mutating func release(_ candidates: [ConnectionID]) {
    let sorted = candidates.sorted { $0.number < $1.number }
    guard let id = sorted.randomElement(using: &generator) else { return }
    if borrowed.remove(id) == nil {
      readers[id, default: 1] -= 1
      if readers[id] == 0 { readers[id] = nil }
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

  private mutating func carryOut(_ actions: [PoolAction]) {
    for action in actions {
      switch action {
      case .open(let id): opening.insert(id)
      case .close(let id): openConnections.remove(id)
      case .grant(let waiter, let id):
        if let use = waiting.removeValue(forKey: waiter) {
          take(id, use)
        } else {
          violations.append("granted to no waiter")
        }
      case .refuse(let waiter, _):
        if waiting.removeValue(forKey: waiter) == nil { violations.append("refused no waiter") }
      case .closed: violations.append("closed without being asked")
      }
    }
  }

  private mutating func check() {
    let size = pool.state.configuration.size
    if pool.state.entries.count > size { violations.append("more connections than the size") }
    if isMultiplexing, size > 1, borrowed.count >= size { violations.append("nothing is left for reads") }
    if pool.state.waiters.count != waiting.count { violations.append("the queue and the waiters differ") }
  }
}
