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
    pool.stall([id: table])
    let actions = keepStalled(table, on: id, pool, looks: SlowTables.slowLooks)
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

  @Test func `the first slow read separates the results, and blames no table`() throws {
    let (pool, ids) = pool()
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[0])
    // The results of a batch come together: the oldest read without a result need not be the slow one.
    #expect(slowRead("users", on: ids[0], pool).separated == [true])
    _ = pool.released(ids[0])
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[0])
  }

  @Test func `a stall that is shorter than a slow read separates nothing`() {
    let (pool, ids) = pool()
    _ = pool.grantedRead("events")
    pool.stall([ids[0]: "events"])
    let actions = keepStalled("events", on: ids[0], pool, looks: SlowTables.slowLooks - 1)
    #expect(actions.separated.isEmpty)
  }

  @Test func `a stall during which no connection brings a result separates nothing`() {
    let (pool, ids) = pool()
    _ = pool.grantedRead("events")
    pool.stall([ids[0]: "events"])
    let looks = 3 * SlowTables.slowLooks
    #expect(keepStalled("events", on: ids[0], pool, looks: looks, withResults: false).separated.isEmpty)
    #expect(keepStalled("events", on: ids[0], pool, looks: SlowTables.slowLooks).separated == [true])
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

  @Test func `a stall that only a late loop saw separates nothing`() {
    let (pool, ids) = pool()
    _ = pool.grantedRead("events")
    pool.stall([ids[0]: "events"])
    pool.now += 1_000_000_000
    #expect(pool.look([ids[0]: "events"]).separated.isEmpty)
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

  @Test func `a slow table leaves the last connection to the others`() throws {
    let (pool, ids) = try slowEvents()
    #expect(pool.granted(.exclusive) == ids[1])
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[0])
  }

  @Test func `each slow read has a lane of its own while connections are free`() throws {
    let (pool, ids) = try slowEvents(size: 4)
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    pool.stall([ids[1]: "events"])
    guard case .queued(_, let actions) = pool.read("events") else {
      // Without an idle connection it joins the common lane, and the look at the lanes moves what it holds up.
      return
    }
    #expect(actions.opened.count == 1)
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
