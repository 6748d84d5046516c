import Testing

@testable import DataAccess

@Suite struct PoolClosingTests {
  @Test func `a pool without connections closes at once`() {
    let pool = PoolFixture(size: 2)
    #expect(pool.close().isFinished)
    #expect(pool.close().isEmpty)
  }

  @Test func `closing refuses waiters and later requests`() throws {
    let pool = PoolFixture(size: 1)
    _ = pool.open(1)
    _ = pool.granted(.exclusive)
    _ = pool.queued(.exclusive)
    #expect(pool.close().refused == [.shuttingDown])
    guard case .refused(let error) = pool.acquire(.shared) else {
      Issue.record("a closing pool granted a connection")
      return
    }
    #expect(error.kind == .shuttingDown)
  }

  @Test func `closing waits for lent connections and for reads in progress`() throws {
    let pool = PoolFixture(size: 3)
    _ = pool.open(2)
    let lent = try #require(pool.granted(.exclusive))
    let shared = try #require(pool.granted(.shared))
    #expect(pool.close().isEmpty)
    #expect(pool.released(shared).closed == [shared])
    let last = pool.released(lent)
    #expect(last.closed == [lent])
    #expect(last.isFinished)
  }

  @Test func `a connection that is not returned by the deadline is closed`() throws {
    let pool = PoolFixture(size: 1)
    _ = pool.open(1)
    let lent = try #require(pool.granted(.exclusive))
    _ = pool.close()
    #expect(pool.wait(milliseconds: 1_999).isEmpty)
    let actions = pool.wait(milliseconds: 1)
    #expect(actions.closed == [lent])
    #expect(actions.isFinished)
    #expect(pool.released(lent).isEmpty)
  }

  @Test func `a connection that arrives while the pool closes is closed`() throws {
    let pool = PoolFixture(size: 1)
    let (_, actions) = try #require(pool.queued(.shared))
    let id = try #require(actions.opened.first)
    #expect(pool.close().isFinished)
    #expect(pool.opened(id).closed == [id])
  }

  @Test func `connections are distributed evenly, with at least one for each loop`() {
    #expect(PoolConfiguration.deal(5, over: 2) == [3, 2])
    #expect(PoolConfiguration.deal(8, over: 4) == [2, 2, 2, 2])
    #expect(PoolConfiguration.deal(1, over: 3) == [1, 1, 1])
    #expect(PoolConfiguration.deal(0, over: 1) == [1])
    #expect(PoolConfiguration.deal(4, over: 0) == [])
  }
}
