import Cache
import DatabaseTestSupport
import Logging
import MemoryCache
import Schema
import TestSupport
import Testing

@testable import connector

/// A message is accepted once, within a process and between processes, until it is released.
@Suite struct ReplayGuardTests {
  private static func cache(_ store: MemoryStore, isAway: Bool = false) -> Cache {
    Cache(
      service: "twitch-trigger",
      connection: store.connection(
        account: "twitch-trigger-cache",
        rights: isAway ? [] : [CacheRights(keyPrefix: "twitch-trigger:", access: .readWrite)]),
      logger: .silent)
  }

  private let shared = ReplayGuardTests.cache(MemoryStore())
  private let away = ReplayGuardTests.cache(MemoryStore(), isAway: true)

  private func moment(_ second: Int64 = 0) -> Timestamp {
    Timestamp(secondsSinceEpoch: 1_700_000_000 + second)
  }

  @Test func `a second claim is refused, with a cache and without one`() async {
    for cache in [shared, away] {
      let replays = ReplayGuard()
      #expect(await replays.claim("a", at: moment(), cache: cache) == .first)
      #expect(await replays.claim("a", at: moment(1), cache: cache) == .taken)
      #expect(await replays.claim("b", at: moment(1), cache: cache) == .first)
    }
  }

  @Test func `another process with the same cache refuses it too`() async {
    #expect(await ReplayGuard().claim("a", at: moment(), cache: shared) == .first)
    #expect(await ReplayGuard().claim("a", at: moment(), cache: shared) == .taken)
  }

  @Test func `a released message is accepted again by either process`() async {
    let one = ReplayGuard()
    let other = ReplayGuard()
    #expect(await one.claim("a", at: moment(), cache: shared) == .first)
    #expect(await other.claim("a", at: moment(), cache: shared) == .taken)
    await one.release("a", cache: shared)
    #expect(await other.claim("a", at: moment(1), cache: shared) == .first)
    #expect(await one.claim("a", at: moment(1), cache: shared) == .taken)
    await other.release("a", cache: shared)
    #expect(await one.claim("a", at: moment(2), cache: shared) == .first)
  }

  @Test func `of many concurrent claims one is first`() async {
    let replays = ReplayGuard()
    let (cache, now) = (shared, moment())
    let claims = await withTaskGroup(of: ReplayGuard.Claim.self) { group in
      for _ in 0..<50 { group.addTask { await replays.claim("a", at: now, cache: cache) } }
      return await group.reduce(into: [ReplayGuard.Claim]()) { $0.append($1) }
    }
    #expect(claims.filter { $0 == .first }.count == 1)
    #expect(claims.filter { $0 == .taken }.count == 49)
  }

  @Test func `an id is remembered while its signature can be valid, and dropped afterwards`() async {
    let replays = ReplayGuard()
    let window = Int64(ReplayGuard.windowSeconds)
    #expect(window > 2 * PlatformSignature.toleranceSeconds)
    #expect(await replays.claim("early", at: moment(), cache: away) == .first)
    #expect(await replays.claim("late", at: moment(window - 1), cache: away) == .first)
    for second in [window, 2 * window - 2] {
      #expect(await replays.claim("late", at: moment(second), cache: away) == .taken)
    }
    #expect(await replays.claim("late", at: moment(2 * window), cache: away) == .first)
    #expect(await replays.claim("late", at: moment(9 * window), cache: away) == .first)
  }

  @Test func `a clock that moves back drops no id`() async {
    let replays = ReplayGuard()
    #expect(await replays.claim("a", at: moment(), cache: away) == .first)
    #expect(await replays.claim("a", at: moment(-100_000), cache: away) == .taken)
  }

  @Test func `claims beyond the capacity are refused until the window has passed`() async {
    let replays = ReplayGuard(capacity: 2)
    for id in ["a", "b"] { #expect(await replays.claim(id, at: moment(), cache: away) == .first) }
    #expect(await replays.claim("c", at: moment(), cache: away) == .full)
    #expect(await replays.claim("a", at: moment(), cache: away) == .taken)
    await replays.release("b", cache: away)
    #expect(await replays.claim("c", at: moment(), cache: away) == .first)
    let later = moment(Int64(ReplayGuard.windowSeconds))
    #expect(await replays.claim("d", at: later, cache: away) == .first)
  }
}
