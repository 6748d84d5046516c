import Testing

@testable import DataAccess

/// The rules by which a slow read delays no other.
@Suite struct PoolLaneTests {
  @Test func `a read avoids a lane that completed nothing for some milliseconds`() throws {
    let pool = PoolFixture(size: 3)
    let ids = pool.open(2)
    #expect(pool.grantedRead("events") == ids[0])
    #expect(pool.stall([ids[0]: "events"]).moved == [ids[0]])
    #expect(pool.grantedRead("users") == ids[1])
  }

  @Test func `a lane that makes progress is not stalled, however many reads it carries`() throws {
    let pool = PoolFixture(size: 3)
    let ids = pool.open(2)
    for _ in 0..<100 { #expect(pool.grantedRead("users") == ids[0]) }
    for _ in 0..<50 {
      #expect(pool.stall([:]).moved.isEmpty)
      _ = pool.look([ids[0]: "users"])
      _ = pool.released(ids[0])
    }
    #expect(pool.grantedRead("users") == ids[0])
  }

  @Test func `a lane that was stalled takes no read before it is empty`() throws {
    let pool = PoolFixture(size: 3)
    let ids = pool.open(2)
    for _ in 0..<2 { _ = pool.grantedRead("events") }
    pool.stall([ids[0]: "events"])
    _ = pool.released(ids[0])
    #expect(pool.grantedRead("users") == ids[1])
    for id in ids { _ = pool.released(id) }
    #expect(pool.grantedRead("users") == ids[0])
  }

  @Test func `a lane that drains takes reads where no other connection can`() throws {
    let pool = PoolFixture(size: 2)
    let id = try #require(pool.open(1).first)
    for _ in 0..<3 { _ = pool.grantedRead("events") }
    pool.stall([id: "events"])
    _ = pool.released(id)
    guard case .queued(let waiter, let actions) = pool.read("users") else {
      Issue.record("the read joined the lane while a connection can be opened")
      return
    }
    #expect(pool.refused(try #require(actions.opened.first)).granted == [waiter])
    #expect(pool.depth(id) == 3)
  }

  @Test func `in a pool of one, reads go on after a stall's first result`() throws {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    for _ in 0..<3 { _ = pool.grantedRead("events") }
    pool.stall([id: "events"])
    #expect(pool.grantedRead("users") == nil)
    #expect(!pool.released(id).granted.isEmpty)
    #expect(pool.grantedRead("users") == id)
  }

  @Test func `a read opens a connection when every open lane is stalled`() throws {
    let pool = PoolFixture(size: 3)
    let id = try #require(pool.open(1).first)
    _ = pool.grantedRead("events")
    pool.stall([id: "events"])
    guard case .queued(let waiter, let actions) = pool.read("users") else {
      Issue.record("the read follows the stalled lane")
      return
    }
    let second = try #require(actions.opened.first)
    #expect(pool.opened(second).granted == [waiter])
  }

  @Test func `a read of the stalled table takes another lane while one more stays for other tables`() throws {
    let pool = PoolFixture(size: 3)
    let ids = pool.open(2)
    _ = pool.grantedRead("events")
    pool.stall([ids[0]: "events"])
    #expect(pool.grantedRead("events") == ids[1])
    pool.stall([ids[0]: "events", ids[1]: "events"])
    // One connection is left: reads of the table follow its lanes, and other reads open it.
    #expect([ids[0], ids[1]].contains(pool.grantedRead("events")))
    guard case .queued(_, let actions) = pool.read("users") else {
      Issue.record("a read of another table follows a stalled lane")
      return
    }
    #expect(actions.opened.count == 1)
  }

  @Test func `in a pool of two a locked table stalls one connection, and the other serves reads and writes`()
    throws
  {
    let pool = PoolFixture(size: 2)
    let id = try #require(pool.open(1).first)
    _ = pool.grantedRead("events")
    pool.stall([id: "events"])
    #expect(pool.grantedRead("events") == id)
    guard case .queued(let reader, let actions) = pool.read("users") else {
      Issue.record("a read of another table follows the stalled lane")
      return
    }
    let other = try #require(actions.opened.first)
    #expect(pool.opened(other).granted == [reader])
    let (writer, _) = try #require(pool.queued(.exclusive))
    // A read after the writer waits for it, so that reads without end do not hold up the write.
    guard case .queued(let later, _) = pool.read("users") else {
      Issue.record("a read overtook the write")
      return
    }
    #expect(pool.released(other).granted == [writer])
    // A read of the locked table waits for its own lane alone, and for no read of another table.
    #expect(pool.grantedRead("events") == id)
    #expect(pool.released(other).granted.first == later)
  }

  @Test func `a pool of one sends no read behind a stalled one, and goes on after its result`() throws {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    _ = pool.grantedRead("events")
    pool.stall([id: "events"])
    let (writer, _) = try #require(pool.queued(.exclusive))
    #expect(pool.released(id).granted == [writer])
  }

  @Test func `the end of a cancellation is no progress of a stalled lane`() throws {
    let pool = PoolFixture(size: 2)
    let id = try #require(pool.open(1).first)
    for _ in 0..<2 { _ = pool.grantedRead("events") }
    pool.stall([id: "events"])
    let isHeld = pool.state.holdLane(id)
    #expect(isHeld)
    let actions = pool.state.unholdLane(id, at: pool.now)
    #expect(actions.isEmpty)
    #expect(pool.state.isStalledLane(id))
    _ = pool.released(id)
    #expect(!pool.state.isStalledLane(id))
  }

  @Test func `a lane without reads becomes free after its cancellation`() throws {
    let pool = PoolFixture(size: 2)
    let id = try #require(pool.open(1).first)
    _ = pool.grantedRead("events")
    let isHeld = pool.state.holdLane(id)
    #expect(isHeld)
    let (writer, _) = try #require(pool.queued(.exclusive))
    #expect(pool.released(id).granted.isEmpty)
    let actions = pool.state.unholdLane(id, at: pool.now)
    #expect(actions.granted == [writer])
  }

  @Test func `a stalled lane accepts reads of its table up to a limit`() throws {
    let pool = PoolFixture(size: 2)
    let id = try #require(pool.open(1).first)
    for _ in 0..<ReadLane.depthLimit { #expect(pool.grantedRead("events") == id) }
    pool.stall([id: "events"])
    guard case .queued = pool.read("events") else {
      Issue.record("the lane exceeded its limit")
      return
    }
  }

  @Test func `a full lane lets the next read take an idle connection, unless a borrower waits`() throws {
    let pool = PoolFixture(size: 3)
    let ids = pool.open(2)
    for _ in 0..<ReadLane.depthLimit { _ = pool.grantedRead("users") }
    #expect(pool.grantedRead("users") == ids[1])
    _ = pool.released(ids[1])
    #expect(pool.granted(.exclusive) == ids[1])
    _ = pool.queued(.exclusive)
    #expect(pool.grantedRead("users") == ids[0])
  }

  @Test func `only reads behind the oldest one of another table move, and a withdrawn wait leaves the queue`()
    throws
  {
    let pool = PoolFixture(size: 2)
    let id = try #require(pool.open(1).first)
    for _ in 0..<3 { _ = pool.grantedRead("events") }
    pool.stall([id: "events"])
    #expect(pool.state.moveRead(Operation(.select, table: "events"), at: pool.now).isNil)
    guard case .queued(let waiter, _) = pool.state.moveRead(Operation(.select, table: "users"), at: pool.now)
    else {
      Issue.record("the read stayed behind the stalled one")
      return
    }
    #expect(pool.state.withdraw(waiter, at: pool.now).granted.isEmpty)
    #expect(pool.state.waiters.isEmpty)
  }

  @Test func `the diagnosis names the read that stalls a lane`() throws {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    _ = pool.grantedRead("events")
    pool.stall([id: "events"])
    #expect(
      pool.state.diagnosis(at: pool.now + 2_000_000)
        == "1 of 1 connections open; held by: select events for 7 ms; waiting: 0")
  }
}

extension Acquisition? {
  fileprivate var isNil: Bool { if case .none = self { true } else { false } }
}
