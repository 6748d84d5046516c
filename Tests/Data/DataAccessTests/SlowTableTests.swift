import Testing

@testable import DataAccess

/// The rules by which reads of a slow table stay away from all others after the first.
@Suite struct SlowTableTests {
  /// A pool of `size` connections, of which two are open and idle.
  private func pool(size: Int = 2) -> (pool: PoolFixture, ids: [ConnectionID]) {
    let pool = PoolFixture(size: size)
    let ids = (0..<2).map { _ in pool.state.nextConnection() }
    pool.state.entries = ids.map { PoolState.Entry(id: $0, slot: .idle) }
    return (pool, ids)
  }

  /// Lets a read of the table stall a lane for as long as a slow one, while another connection brings results, and ends
  /// it.
  @discardableResult
  private func slowRead(_ table: String, on id: ConnectionID, _ pool: PoolFixture) -> [PoolAction] {
    pool.now += 1_000_000
    let actions = pool.stall([id: table]) + keepStalled(table, on: id, pool, looks: SlowTables.slowLooks)
    _ = pool.released(id)
    return actions
  }

  private func keepStalled(
    _ table: String, on id: ConnectionID, _ pool: PoolFixture, looks: Int, withResults: Bool = true
  ) -> [PoolAction] {
    (0..<looks).flatMap { _ in
      if withResults { pool.state.results += 1 }
      pool.now += UInt64(ReadLane.lookMilliseconds) * 1_000_000
      return pool.look([id: table])
    }
  }

  /// A pool in which `events` was slow twice, so that it is recorded.
  private func slowEvents(size: Int = 2) throws -> (pool: PoolFixture, ids: [ConnectionID]) {
    let (pool, ids) = pool(size: size)
    for _ in 0..<2 {
      try #require(pool.grantedRead("events") == ids[0])
      slowRead("events", on: ids[0], pool)
    }
    return (pool, ids)
  }

  @Test func `a stall separates the results for a second, and makes no table slow`() throws {
    let (pool, ids) = pool()
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[0])
    // The results of a batch come together: the oldest read without a result need not be the slow one.
    #expect(pool.stall([ids[0]: "users"]).separated == [true])
    #expect(pool.grantedRead("users") == ids[1])
    for id in [ids[0], ids[0], ids[1]] { _ = pool.released(id) }
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[0])
    pool.now += UInt64(SlowTables.separationMilliseconds) * 1_000_000
    #expect(pool.look([:]).separated == [false])
  }

  @Test func `the results stay separate for longer after a slow read`() {
    let (pool, ids) = pool()
    _ = pool.grantedRead("events")
    #expect(slowRead("events", on: ids[0], pool).separated == [true])
    #expect(!pool.isSlow("events"))
    pool.now += UInt64(SlowTables.memoryMilliseconds) * 1_000_000 - 1
    #expect(pool.look([:]).separated.isEmpty)
    pool.now += 1
    #expect(pool.look([:]).separated == [false])
  }

  /// Lets a second read of `events` stall a lane.
  private func secondStall(size: Int = 2) -> (pool: PoolFixture, ids: [ConnectionID]) {
    let (pool, ids) = pool(size: size)
    for isFirst in [true, false] {
      _ = pool.grantedRead("events")
      pool.now += 1_000_000
      pool.stall([ids[0]: "events"])
      if isFirst { _ = pool.released(ids[0]) }
    }
    return (pool, ids)
  }

  @Test func `a stall that is shorter than a slow read makes no table slow`() {
    let (pool, ids) = secondStall()
    _ = keepStalled("events", on: ids[0], pool, looks: SlowTables.slowLooks - 1)
    #expect(!pool.isSlow("events"))
    _ = keepStalled("events", on: ids[0], pool, looks: 1)
    #expect(pool.isSlow("events"))
  }

  @Test func `a stall during which no connection brings a result makes no table slow`() {
    let (pool, ids) = secondStall()
    _ = keepStalled("events", on: ids[0], pool, looks: 3 * SlowTables.slowLooks, withResults: false)
    #expect(!pool.isSlow("events"))
    _ = keepStalled("events", on: ids[0], pool, looks: SlowTables.slowLooks)
    #expect(pool.isSlow("events"))
  }

  @Test func `a stall that only a late loop saw makes no table slow`() {
    let (pool, ids) = secondStall()
    pool.state.results += 1
    pool.now += 1_000_000_000
    _ = pool.look([ids[0]: "events"])
    #expect(!pool.isSlow("events"))
  }

  @Test func `a table with many results is slow only after several slow reads, and fast after many more`() {
    let (pool, _) = pool()
    let events = Operation(.select, table: "events")
    _ = pool.state.slow.recordStall(events, at: pool.now)
    pool.recordResults("events", 2 * SlowTables.mostCredit)
    for _ in 0..<(SlowTables.mostCredit / SlowTables.readsPerSlowRead) {
      pool.state.slow.record(events, stalledSince: pool.now + 1, at: pool.now)
      #expect(!pool.isSlow("events"))
    }
    for _ in 0..<10 { pool.state.slow.record(events, stalledSince: pool.now + 1, at: pool.now) }
    #expect(pool.isSlow("events"))
    pool.recordResults("events", SlowTables.readsPerSlowRead - 1)
    #expect(pool.isSlow("events"))
    pool.recordResults("events", 1)
    #expect(!pool.isSlow("events"))
  }

  @Test
  func `while a read of a table stalls a lane, others of the table stay apart before it counts as slow`()
    throws
  {
    let (pool, ids) = secondStall(size: 4)
    guard case .queued(let waiter, let actions) = pool.read("events") else {
      Issue.record("the read joined the other lane")
      return
    }
    #expect(pool.grantedRead("users") == ids[1])
    #expect(pool.opened(try #require(actions.opened.first)).granted == [waiter])
    #expect(pool.grantedRead("users") == ids[1])
  }

  @Test
  func `reads of a busy table share a lane beside one that stalls, and use that one after its next result`() {
    let (pool, ids) = secondStall(size: 4)
    _ = pool.released(ids[0])
    pool.recordResults("events", SlowTables.readsPerSlowRead)
    for _ in 0..<2 { #expect(pool.grantedRead("events") == ids[0]) }
    pool.now += 1_000_000
    pool.stall([ids[0]: "events"])
    for _ in 0..<2 { #expect(pool.grantedRead("events") == ids[1]) }
    _ = pool.released(ids[0])
    #expect(pool.grantedRead("events") == ids[0])
  }

  @Test func `fast reads on a busy machine share no lane with slow ones afterwards`() throws {
    let (pool, ids) = try slowEvents(size: 3)
    #expect(pool.grantedRead("users") == ids[0])
    pool.stall([ids[0]: "users"])
    _ = keepStalled("users", on: ids[0], pool, looks: 3 * SlowTables.slowLooks, withResults: false)
    _ = pool.released(ids[0])
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    #expect(pool.grantedRead("users") == ids[0])
  }

  @Test func `each read that ends on another connection is a result`() {
    let (pool, ids) = pool()
    _ = pool.grantedRead("events")
    _ = pool.released(ids[0])
    #expect(pool.state.results == 1)
    let borrower = pool.granted(.exclusive)
    if let borrower { _ = pool.released(borrower) }
    #expect(pool.state.results == 1)
  }

  @Test func `reads of a slow table take a lane apart, and no other read follows them`() throws {
    let (pool, ids) = try slowEvents()
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    #expect(pool.grantedRead("users") == ids[0])
    for _ in 0..<2 { _ = pool.released(ids[0]) }
    // The lane apart is the only one with reads, and the other connection is idle.
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
  }

  @Test func `a table is forgotten, and results come together again, some time after the last slow read`()
    throws
  {
    let (pool, ids) = try slowEvents()
    #expect(pool.grantedRead("users") == ids[0])
    pool.now += UInt64(SlowTables.memoryMilliseconds) * 1_000_000
    #expect(pool.look([ids[0]: "users"]).separated == [false])
    #expect(pool.grantedRead("events") == ids[0])
  }

  @Test func `a slow read of a recorded table keeps it recorded`() throws {
    let (pool, ids) = try slowEvents()
    pool.now += UInt64(SlowTables.memoryMilliseconds) * 900_000
    #expect(pool.grantedRead("events") == ids[1])
    slowRead("events", on: ids[1], pool)
    pool.now += UInt64(SlowTables.memoryMilliseconds) * 900_000
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.look([ids[0]: "users"]).separated.isEmpty, "results come together while reads are slow")
    #expect(pool.grantedRead("events") == ids[1])
  }
}

extension [PoolAction] {
  fileprivate var separated: [Bool] {
    compactMap { if case .separateResults(let isOn) = $0 { isOn } else { nil } }
  }
}
