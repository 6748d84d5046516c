import Testing

@testable import DataAccess

/// The rules by which a slow read delays other reads of its own table by milliseconds only, when one usable connection is
/// left.
@Suite struct PoolTrialTests {
  /// A pool of two connections: reads of `events` stall the first, and the second is idle.
  private func stalled() throws -> (pool: PoolFixture, stalled: ConnectionID, last: ConnectionID) {
    let pool = PoolFixture(size: 2)
    let first = try #require(pool.open(1).first)
    try #require(pool.grantedRead("events") == first)
    pool.stall([first: "events"])
    guard case .queued(_, let actions) = pool.read("users") else { throw NoLastConnection() }
    let last = try #require(actions.opened.first)
    _ = pool.opened(last)
    _ = pool.released(last)
    return (pool, first, last)
  }

  private struct NoLastConnection: Error {}

  private func endTrial(_ pool: PoolFixture, on id: ConnectionID, succeeded: Bool) {
    pool.state.trialEnded(
      Operation(.select, table: "events"), on: id, succeeded: succeeded, at: pool.now)
    _ = pool.released(id)
  }

  @Test func `reads of a table with a slow read pass it on the last connection, one at a time`() throws {
    let (pool, slow, last) = try stalled()
    for _ in 0..<5 {
      #expect(pool.grantedRead("events") == last)
      // While the first is on trial, the next one follows the slow read.
      #expect(pool.grantedRead("events") == slow)
      endTrial(pool, on: last, succeeded: true)
    }
  }

  @Test func `a read on trial shares its connection with reads of other tables`() throws {
    let (pool, slow, last) = try stalled()
    #expect(pool.grantedRead("users") == last)
    #expect(pool.grantedRead("events") == last)
    #expect(pool.grantedRead("users") == last)
    #expect(pool.grantedRead("events") == slow)
  }

  @Test func `after a failed trial the next follows a pause, which doubles up to a limit`() throws {
    let (pool, slow, last) = try stalled()
    var pause = TrialPauses.firstMilliseconds
    for _ in 0..<10 {
      #expect(pool.grantedRead("events") == last)
      endTrial(pool, on: last, succeeded: false)
      pool.now += UInt64(pause) * 1_000_000 - 1
      #expect(pool.grantedRead("events") == slow)
      pool.now += 1
      pause = min(2 * pause, TrialPauses.longestMilliseconds)
    }
    #expect(pause == TrialPauses.longestMilliseconds)
    #expect(pool.grantedRead("events") == last)
    endTrial(pool, on: last, succeeded: true)
    #expect(pool.grantedRead("events") == last)
  }

  @Test func `the pause belongs to the table, so another slow read of it does not begin anew`() throws {
    let (pool, slow, last) = try stalled()
    for _ in 0..<3 {
      #expect(pool.grantedRead("events") == last)
      endTrial(pool, on: last, succeeded: false)
      pool.now += UInt64(TrialPauses.longestMilliseconds) * 1_000_000
    }
    #expect(pool.grantedRead("events") == last)
    endTrial(pool, on: last, succeeded: false)
    // The slow read ends, and the next one stalls the connection again.
    _ = pool.released(slow)
    #expect(pool.grantedRead("events") != nil)
    pool.stall([slow: "events", last: "events"])
    pool.now += UInt64(TrialPauses.firstMilliseconds) * 4 * 1_000_000
    #expect(pool.state.trial(of: Operation(.select, table: "events"), at: pool.now).isNil)
    pool.now += UInt64(TrialPauses.firstMilliseconds) * 4 * 1_000_000
    #expect(!pool.state.trial(of: Operation(.select, table: "events"), at: pool.now).isNil)
  }

  @Test func `a pause is forgotten some time after the last failed trial`() throws {
    var pauses = TrialPauses()
    let events = Operation(.select, table: "events")
    for _ in 0..<3 { pauses.trialEnded(events, succeeded: false, at: 0) }
    #expect(pauses.forbid(events, at: 799_999_999) && !pauses.forbid(events, at: 800_000_000))
    #expect(!pauses.forbid(Operation(.select, table: "users"), at: 0))
    pauses.expire(at: 10_799_999_999)
    pauses.trialEnded(events, succeeded: false, at: 0)
    #expect(pauses.forbid(events, at: 1_599_999_999))
    pauses.expire(at: 11_600_000_000)
    pauses.trialEnded(events, succeeded: false, at: 0)
    #expect(!pauses.forbid(events, at: 200_000_000))
  }

  @Test func `a borrower that waits has the last connection before a trial`() throws {
    let (pool, slow, last) = try stalled()
    #expect(pool.grantedRead("events") == last)
    let (writer, _) = try #require(pool.queued(.exclusive))
    pool.state.trialEnded(Operation(.select, table: "events"), on: last, succeeded: true, at: pool.now)
    guard case .queued(let reader, _) = pool.read("events") else {
      Issue.record("a read overtook the borrower")
      return
    }
    let actions = pool.released(last)
    #expect(actions.granted == [writer, reader])
    guard actions.count == 2, case .grant(writer, last) = actions[0], case .grant(reader, slow) = actions[1]
    else {
      Issue.record("the borrower did not get the last connection")
      return
    }
  }

  @Test func `a read behind a slow one gets a trial of its own, and opens the last connection for it`() throws
  {
    let pool = PoolFixture(size: 2)
    let id = try #require(pool.open(1).first)
    for _ in 0..<2 { _ = pool.grantedRead("events") }
    pool.stall([id: "events"])
    let events = Operation(.select, table: "events")
    guard case .opening(let actions) = pool.state.trial(of: events, at: pool.now),
      let last = actions.opened.first
    else {
      Issue.record("no connection was opened")
      return
    }
    #expect(pool.state.trial(of: events, at: pool.now).isNil)
    _ = pool.opened(last)
    guard case .granted(last) = pool.state.trial(of: events, at: pool.now) else {
      Issue.record("the read got no trial")
      return
    }
    #expect(pool.state.trial(of: events, at: pool.now).isNil)
  }

  @Test func `a pool of one connection has no trials`() throws {
    let pool = PoolFixture(size: 1)
    let id = try #require(pool.open(1).first)
    _ = pool.grantedRead("events")
    pool.stall([id: "events"])
    #expect(pool.state.trial(of: Operation(.select, table: "events"), at: pool.now).isNil)
    #expect(pool.grantedRead("events") == nil)
  }
}

extension PoolState.Trial? {
  fileprivate var isNil: Bool { if case .none = self { true } else { false } }
}
