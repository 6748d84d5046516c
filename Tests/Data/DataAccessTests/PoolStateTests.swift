import Testing

@testable import DataAccess

@Suite struct PoolStateTests {
  @Test func `the first request opens a connection and gets it`() throws {
    let pool = PoolFixture(size: 3)
    let (waiter, actions) = try #require(pool.queued(.shared))
    let id = try #require(actions.opened.first)
    #expect(pool.opened(id).granted == [waiter])
  }

  @Test func `any number of reads share one connection`() {
    let pool = PoolFixture(size: 3)
    let ids = pool.open(2)
    for _ in 0..<50 { #expect(pool.granted(.shared) == ids.first) }
    #expect(pool.state.status(at: 0).inUse == 1)
  }

  @Test func `without multiplexing every read has a connection to itself`() {
    let pool = PoolFixture(size: 2, multiplexes: false)
    _ = pool.open(2)
    let first = pool.granted(.shared)
    let second = pool.granted(.shared)
    #expect(first != nil && second != nil && first != second)
    #expect(pool.granted(.shared) == nil)
  }

  @Test func `one connection is never lent, so that reads go on`() throws {
    let pool = PoolFixture(size: 3)
    for _ in 0..<2 {
      let (_, actions) = try #require(pool.queued(.exclusive))
      _ = pool.opened(try #require(actions.opened.first))
    }
    let (_, third) = try #require(pool.queued(.exclusive))
    #expect(third.isEmpty)
    let (reader, opening) = try #require(pool.queued(.shared))
    #expect(pool.opened(try #require(opening.opened.first)).granted == [reader])
  }

  @Test func `a pool of one serves reads and borrowers in the order of their requests`() throws {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    #expect(pool.granted(.shared) == id)
    let (borrower, _) = try #require(pool.queued(.exclusive))
    let (reader, _) = try #require(pool.queued(.shared))
    #expect(pool.released(id).granted == [borrower])
    #expect(pool.released(id).granted == [reader])
  }

  @Test func `waiters are served in the order of their requests`() throws {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    _ = pool.granted(.exclusive)
    let waiters = try (0..<5).map { _ in try #require(pool.queued(.exclusive)).0 }
    for waiter in waiters { #expect(pool.released(id).granted == [waiter]) }
  }

  @Test func `a waiter that times out gets the holders of the connections, with their times`() throws {
    let pool = PoolFixture(size: 1, acquireTimeout: 1_000)
    _ = pool.open(1)
    _ = pool.granted(.exclusive, "update users")
    _ = pool.queued(.exclusive)
    #expect(pool.wait(milliseconds: 999).isEmpty)
    let refused = pool.wait(milliseconds: 1).refused
    #expect(
      refused == [.acquireTimeout("1 of 1 connections open; held by: update users for 1000 ms; waiting: 1")])
  }

  @Test func `the diagnosis names the holder's current operation`() throws {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    _ = pool.granted(.exclusive, "transaction")
    pool.state.describe(id, as: Operation(.delete, table: "sessions"))
    #expect(pool.state.status(at: 3_000_000).holders.map(\.description) == ["delete sessions for 3 ms"])
  }

  @Test func `a full queue refuses at once`() throws {
    let pool = PoolFixture(size: 1, queueLimit: 1)
    _ = try #require(pool.queued(.exclusive))
    guard case .refused(let error) = pool.acquire(.exclusive) else {
      Issue.record("the queue exceeded its limit")
      return
    }
    guard case .acquireTimeout = error.kind else {
      Issue.record("refused for another reason: \(error)")
      return
    }
  }

  @Test func `a lost connection is replaced for waiters`() throws {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    _ = pool.granted(.exclusive)
    let (waiter, _) = try #require(pool.queued(.exclusive))
    let replacement = try #require(pool.lost(id).opened.first)
    #expect(replacement != id)
    #expect(pool.opened(replacement).granted == [waiter])
  }

  @Test func `returning a lost connection does nothing`() throws {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    _ = pool.granted(.exclusive)
    _ = pool.lost(id)
    #expect(pool.released(id).isEmpty)
    #expect(pool.lost(id).isEmpty)
  }

  @Test func `when no connection can be opened, every waiter gets the reason`() throws {
    let pool = PoolFixture(size: 2)
    let (_, actions) = try #require(pool.queued(.shared))
    _ = pool.queued(.shared)
    let failed = pool.refused(try #require(actions.opened.first))
    #expect(failed.refused == [.connectionRefused, .connectionRefused])
  }

  @Test func `the longest pause leaves a waiting request several attempts to connect`() {
    let configuration = PoolConfiguration(size: 1)
    #expect(configuration.reconnectMaximumMilliseconds * 4 <= configuration.acquireTimeoutMilliseconds)
  }

  @Test func `the pause between attempts to connect grows up to a limit`() throws {
    let pool = PoolFixture(size: 1, acquireTimeout: 60_000)
    var (_, actions) = try #require(pool.queued(.exclusive))
    for delay in [100, 200, 400, 400] as [UInt64] {
      _ = pool.refused(try #require(actions.opened.first))
      let (_, none) = try #require(pool.queued(.exclusive))
      #expect(none.isEmpty)
      #expect(pool.wait(milliseconds: delay - 1).isEmpty)
      actions = pool.wait(milliseconds: 1)
      #expect(actions.opened.count == 1)
    }
    _ = pool.opened(try #require(actions.opened.first))
    #expect(pool.state.backoff.failureCount == 0)
  }

  @Test func `an attempt without an answer counts as failed, and its late connection is closed`() throws {
    let pool = PoolFixture(size: 1, acquireTimeout: 60_000)
    let (_, actions) = try #require(pool.queued(.exclusive))
    let id = try #require(actions.opened.first)
    #expect(pool.wait(milliseconds: 500).refused == [.connectionRefused])
    #expect(pool.opened(id).closed == [id])
  }

  @Test func `a connection that expires while it is free is closed at once`() throws {
    let pool = PoolFixture(size: 2)
    let id = try #require(pool.open(1).first)
    #expect(pool.expire(id).closed == [id])
    #expect(pool.state.entries.isEmpty)
  }

  @Test func `a connection that expires in use keeps its work, takes nothing new, and closes after it`()
    throws
  {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    #expect(pool.granted(.shared) == id)
    #expect(pool.expire(id).isEmpty)
    let (reader, _) = try #require(pool.queued(.shared))
    let actions = pool.released(id)
    #expect(actions.closed == [id])
    #expect(pool.opened(try #require(actions.opened.first)).granted == [reader])
  }

  @Test func `a lent connection that expires is closed when it comes back, and a waiter gets another`() throws
  {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    #expect(pool.granted(.exclusive) == id)
    #expect(pool.expire(id).isEmpty)
    let (borrower, _) = try #require(pool.queued(.exclusive))
    let actions = pool.released(id)
    #expect(actions.closed == [id])
    #expect(pool.opened(try #require(actions.opened.first)).granted == [borrower])
  }
}
