import Testing

@testable import DataAccess

/// The rules by which a read of a slow table delays no read of another table.
@Suite struct PoolApartTests {
  /// A pool with `count` open connections, in which `events` is slow.
  private func pool(size: Int, open count: Int) -> (pool: PoolFixture, ids: [ConnectionID]) {
    let pool = PoolFixture(size: size)
    let ids = (0..<count).map { _ in pool.state.nextConnection() }
    pool.state.entries = ids.map { PoolState.Entry(id: $0, slot: .idle) }
    pool.recordSlow("events")
    return (pool, ids)
  }

  /// Requests a connection for a read that must wait for it.
  private func waitingRead(
    _ table: String, _ pool: PoolFixture, _ location: SourceLocation = #_sourceLocation
  ) throws -> (waiter: WaiterID, opened: [ConnectionID]) {
    guard case .queued(let waiter, let actions) = pool.read(table) else {
      Issue.record("the read of \(table) has a connection at once", sourceLocation: location)
      throw NoWait()
    }
    return (waiter, actions.opened)
  }

  private struct NoWait: Error {}

  // MARK: While the pool may open connections

  @Test func `a slow read joins no lane of other reads, and waits for a connection that the pool opens`()
    throws
  {
    let (pool, ids) = pool(size: 3, open: 1)
    #expect(pool.grantedRead("users") == ids[0])
    let (waiter, opened) = try waitingRead("events", pool)
    // Neither other reads nor borrowers wait for it.
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.opened(try #require(opened.first)).granted == [waiter])
    #expect(pool.depth(ids[0]) == 2)
    #expect(pool.grantedRead("users") == ids[0])
  }

  @Test func `a slow read takes an idle connection only beside another that is ready`() throws {
    let (pool, ids) = pool(size: 3, open: 1)
    let (waiter, opened) = try waitingRead("events", pool)
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.opened(try #require(opened.first)).granted == [waiter])
    #expect(pool.released(opened[0]).isEmpty)
    #expect(pool.grantedRead("events") == opened[0])
  }

  @Test func `the first slow read of an empty pool opens a connection for the other reads too`() throws {
    let (pool, _) = pool(size: 3, open: 0)
    let (waiter, opened) = try waitingRead("events", pool)
    try #require(opened.count == 2)
    #expect(pool.opened(opened[0]).granted.isEmpty)
    #expect(pool.opened(opened[1]).granted == [waiter])
    #expect(pool.grantedRead("users") == opened[0])
  }

  @Test func `of more slow reads than connections each has one, and the rest share these`() throws {
    let (pool, ids) = pool(size: 4, open: 1)
    #expect(pool.grantedRead("users") == ids[0])
    var opened: [ConnectionID] = []
    for _ in 0..<9 { opened += try waitingRead("events", pool).opened }
    #expect(opened.count == 3)
    let granted = opened.flatMap { pool.opened($0).granted }
    #expect(granted.count == 9)
    #expect(opened.map(pool.depth) == [3, 3, 3])
    #expect(pool.grantedRead("events") != ids[0])
    #expect(pool.depth(ids[0]) == 1)
  }

  @Test func `a borrower passes slow reads that wait for connections`() throws {
    let (pool, ids) = pool(size: 3, open: 1)
    _ = try waitingRead("events", pool)
    #expect(pool.granted(.exclusive) == ids[0])
  }

  @Test func `a read of another table waits for a new connection rather than behind a slow read`() throws {
    let (pool, ids) = pool(size: 3, open: 2)
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    _ = pool.lost(ids[0])
    let (waiter, opened) = try waitingRead("users", pool)
    #expect(pool.opened(try #require(opened.first)).granted == [waiter])
    #expect(pool.depth(ids[1]) == 1)
  }

  // MARK: Where it opens none

  @Test func `at the limit slow reads share the lanes apart that carry the fewest`() throws {
    let (pool, ids) = pool(size: 3, open: 2)
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    let (_, opened) = try waitingRead("events", pool)
    let last = try #require(opened.first)
    _ = pool.opened(last)
    for _ in 0..<10 { _ = pool.grantedRead("events") }
    #expect(pool.depth(ids[1]) == 6 && pool.depth(last) == 6)
    #expect(pool.depth(ids[0]) == 1)
  }

  @Test func `slow reads share a lane apart when the server refuses more connections, one attempt at a time`()
    throws
  {
    let (pool, ids) = pool(size: 4, open: 2)
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    let (waiter, opened) = try waitingRead("events", pool)
    #expect(pool.refused(try #require(opened.first)).granted == [waiter])
    #expect(pool.grantedRead("events") == ids[1])
    _ = pool.wait(milliseconds: 100)
    let attempts = try (0..<2).flatMap { _ in try waitingRead("events", pool).opened }
    #expect(attempts.count == 1)
    #expect(pool.refused(attempts[0]).granted.count == 2)
    #expect(pool.depth(ids[0]) == 1 && pool.depth(ids[1]) == 5)
  }

  @Test func `with one connection, and no other to be had, slow reads share it with the others`() throws {
    let (pool, ids) = pool(size: 3, open: 1)
    let (waiter, opened) = try waitingRead("events", pool)
    #expect(pool.refused(try #require(opened.first)).granted == [waiter])
    #expect(pool.depth(ids[0]) == 1)
    #expect(!pool.state.entries[0].lane.isApart)
    #expect(pool.grantedRead("users") == ids[0])
  }

  @Test func `a connection that never opens delays a slow read by a limit`() throws {
    let (pool, ids) = pool(size: 3, open: 1)
    #expect(pool.grantedRead("users") == ids[0])
    let (waiter, _) = try waitingRead("events", pool)
    let limit = UInt64(PoolState.patienceMilliseconds)
    #expect(pool.wait(milliseconds: limit - 1).granted.isEmpty)
    #expect(pool.wait(milliseconds: 1).granted == [waiter])
    #expect(limit + UInt64(Pool.tickMilliseconds) <= 300)
  }

  @Test
  func `while transactions hold all other connections, a slow read waits for one of them up to a limit`()
    throws
  {
    for returnsInTime in [true, false] {
      let (pool, ids) = pool(size: 2, open: 2)
      #expect(pool.granted(.exclusive) == ids[1])
      #expect(pool.grantedRead("users") == ids[0])
      let (waiter, opened) = try waitingRead("events", pool)
      #expect(opened.isEmpty)
      if returnsInTime {
        #expect(pool.released(ids[1]).granted == [waiter])
      } else {
        #expect(pool.wait(milliseconds: UInt64(PoolState.patienceMilliseconds)).granted == [waiter])
      }
      #expect(pool.depth(ids[0]) == (returnsInTime ? 1 : 2))
      #expect(pool.grantedRead("users") == ids[0])
    }
  }

  @Test func `a pool of one shares its connection at once`() throws {
    let (pool, ids) = pool(size: 1, open: 1)
    for table in ["events", "users", "events"] { #expect(pool.grantedRead(table) == ids[0]) }
  }

  @Test func `slow reads without end let a lane become free for a borrower`() throws {
    let (pool, ids) = pool(size: 3, open: 2)
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    let last = try #require(try waitingRead("events", pool).opened.first)
    _ = pool.opened(last)
    let (borrower, _) = try #require(pool.queued(.exclusive))
    for _ in 0..<5 { #expect(pool.grantedRead("events") == last) }
    #expect(pool.released(ids[1]).granted == [borrower])
  }

  // MARK: Copies and trials

  @Test func `a slow read that is sent again takes a connection of its own or none`() throws {
    let events = Operation(.select, table: "events")
    let (full, ids) = pool(size: 2, open: 2)
    #expect(full.grantedRead("users") == ids[0])
    #expect(full.grantedRead("events") == ids[1])
    if full.state.moveRead(events, at: full.now) != nil { Issue.record("it was sent behind a slow read") }

    let (pool, others) = pool(size: 3, open: 1)
    #expect(pool.grantedRead("users") == others[0])
    guard case .queued(let copy, let actions) = pool.state.moveRead(events, at: pool.now) else {
      Issue.record("it does not wait for a connection of its own")
      return
    }
    let opened = try #require(actions.opened.first)
    let (waiter, _) = try waitingRead("events", pool)
    #expect(pool.wait(milliseconds: UInt64(PoolState.patienceMilliseconds) - 1).granted.isEmpty)
    #expect(pool.opened(opened).granted == [copy])
    #expect(pool.wait(milliseconds: 1).granted == [waiter])
  }

  @Test func `a slow read that is sent again takes any connection after its first copy was lost`() throws {
    let (pool, ids) = pool(size: 2, open: 1)
    #expect(pool.grantedRead("users") == ids[0])
    let events = Operation(.select, table: "events")
    guard case .queued(let copy, _) = pool.state.moveRead(events, at: pool.now) else {
      Issue.record("it does not wait")
      return
    }
    #expect(pool.wait(milliseconds: UInt64(PoolState.patienceMilliseconds) - 1).granted.isEmpty)
    pool.state.becameOnlyCopy(copy)
    #expect(pool.wait(milliseconds: 1).granted == [copy])
  }

  @Test func `a read that is sent again, or is on trial, follows no slow read`() throws {
    let (pool, ids) = pool(size: 2, open: 2)
    #expect(pool.grantedRead("sessions") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    pool.stall([ids[0]: "sessions"])
    guard case .queued(let copy, _) = pool.state.moveRead(Operation(.select, table: "users"), at: pool.now)
    else {
      Issue.record("it was sent behind a slow read")
      return
    }
    #expect(pool.grantedRead("sessions") == ids[0])
    #expect(pool.released(ids[1]).granted == [copy])
  }

  @Test func `a read that may be fast shares no lane of slow reads`() throws {
    let (pool, ids) = pool(size: 3, open: 3)
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[2])
    #expect(pool.grantedRead("sessions") == ids[0])
    pool.now += 1_000_000
    pool.stall([ids[0]: "sessions"])
    #expect(pool.grantedRead("users") == ids[1])
    let (waiter, _) = try waitingRead("sessions", pool)
    #expect(pool.released(ids[0]).granted == [waiter])
    #expect(pool.depth(ids[2]) == 1)
  }

  @Test func `a trial sets the last connection apart for no slow read`() throws {
    let (pool, ids) = pool(size: 2, open: 2)
    #expect(pool.grantedRead("users") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    pool.stall([ids[1]: "events"])
    _ = pool.released(ids[0])
    #expect(pool.grantedRead("events") == ids[0])
    #expect(pool.state.entries[0].lane.hasTrial && !pool.state.entries[0].lane.isApart)
    #expect(pool.grantedRead("users") == ids[0])
  }

  // MARK: Second copies of reads

  /// Requests another lane for a read behind a stalled one, which must wait for it.
  private func waitingCopy(
    _ table: String, _ pool: PoolFixture, _ location: SourceLocation = #_sourceLocation
  ) throws -> WaiterID {
    let acquisition = pool.state.moveRead(Operation(.select, table: table), at: pool.now)
    guard case .queued(let copy, _)? = acquisition else {
      Issue.record("the copy of \(table) has a lane, or none to wait for", sourceLocation: location)
      throw NoWait()
    }
    return copy
  }

  @Test func `a second copy that waits holds up no first one, and copies are served in their order`() throws {
    let (pool, ids) = pool(size: 2, open: 2)
    #expect(pool.grantedRead("sessions") == ids[0])
    #expect(pool.grantedRead("events") == ids[1])
    pool.stall([ids[0]: "sessions"])
    let copies = try ["users", "settings"].map { try waitingCopy($0, pool) }
    #expect(pool.grantedRead("orders") == ids[1])
    _ = pool.released(ids[1])
    #expect(pool.released(ids[1]).granted == copies)
  }

  @Test func `a second copy of a slow read is given up when a first one would wait no longer`() throws {
    let (pool, ids) = pool(size: 2, open: 1)
    #expect(pool.grantedRead("users") == ids[0])
    _ = try waitingCopy("events", pool)
    #expect(pool.wait(milliseconds: UInt64(PoolState.patienceMilliseconds) - 1).refused.isEmpty)
    #expect(pool.wait(milliseconds: 1).refused.count == 1)
    #expect(pool.state.waiters.isEmpty)
  }

  @Test func `a second copy does not follow the stalled lane that has the first one`() throws {
    let (pool, ids) = pool(size: 2, open: 2)
    #expect(pool.grantedRead("events") == ids[1])
    pool.stall([ids[1]: "events"])
    #expect(pool.grantedRead("events") == ids[0])
    let events = Operation(.select, table: "events")
    #expect(pool.state.lane(for: events, .hasCopy, at: { pool.now }) == nil)
    #expect(pool.state.lane(for: events, .waits, at: { pool.now }) == 1)
  }

  // MARK: While the server refuses connections

  @Test func `a slow read that waited long enough follows the stalled lane of its table, no lane of others`()
    throws
  {
    let (pool, ids) = pool(size: 5, open: 2)
    #expect(pool.grantedRead("sessions") == ids[0])
    pool.now += 1_000_000
    pool.stall([ids[0]: "sessions"])
    #expect(pool.grantedRead("users") == ids[1])
    let (waiter, opened) = try waitingRead("sessions", pool)
    #expect(pool.refused(try #require(opened.first)).granted.isEmpty)
    #expect(pool.wait(milliseconds: UInt64(PoolState.patienceMilliseconds)).granted == [waiter])
    #expect(pool.depth(ids[0]) == 2)
    #expect(pool.depth(ids[1]) == 1)
  }

  @Test func `reads of all kinds open one connection at a time`() throws {
    let (pool, _) = pool(size: 5, open: 0)
    let (_, opened) = try waitingRead("users", pool)
    #expect(pool.refused(try #require(opened.first)).refused.count == 1)
    pool.now += 1_000_000_000
    #expect(try waitingRead("users", pool).opened.count == 1)
    #expect(try waitingRead("events", pool).opened.isEmpty)
  }
}
