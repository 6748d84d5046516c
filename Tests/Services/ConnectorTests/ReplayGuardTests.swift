import Cache
import DatabaseTestSupport
import EventLoop
import Logging
import MemoryCache
import RedisDriver
import Schema
import Secrets
import TestSupport
import Testing
import Transport

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

  /// Claims the id, and accepts it where the claim is the first one.
  private func accept(
    _ id: String, _ replays: ReplayGuard, at second: Int64 = 0, in cache: Cache
  ) async -> ReplayGuard.Claim {
    let claim = await replays.claim(id, at: moment(second), cache: cache)
    if claim == .first { await replays.accept(id, at: moment(second), cache: cache) }
    return claim
  }

  @Test func `a message that was accepted is refused, with a cache and without one`() async {
    for cache in [shared, away] {
      let replays = ReplayGuard()
      #expect(await accept("a", replays, in: cache) == .first)
      #expect(await accept("a", replays, at: 1, in: cache) == .taken)
      #expect(await accept("b", replays, at: 1, in: cache) == .first)
    }
  }

  @Test func `another process with the same cache refuses it too`() async {
    #expect(await accept("a", ReplayGuard(), in: shared) == .first)
    for _ in 1...3 { #expect(await accept("a", ReplayGuard(), at: 1, in: shared) == .taken) }
  }

  @Test func `a message whose first attempt is at work is unfinished, and not accepted`() async {
    for cache in [shared, away] {
      let (one, other) = (ReplayGuard(), ReplayGuard())
      #expect(await one.claim("a", at: moment(), cache: cache) == .first)
      #expect(await one.claim("a", at: moment(1), cache: cache) == .unfinished)
      guard cache.status() == .available else { continue }
      for _ in 1...3 { #expect(await other.claim("a", at: moment(1), cache: cache) == .unfinished) }
      await one.accept("a", at: moment(2), cache: cache)
      #expect(await other.claim("a", at: moment(3), cache: cache) == .taken)
      #expect(await one.claim("a", at: moment(3), cache: cache) == .taken)
    }
  }

  @Test func `a claim without an end, as of a killed process, refuses the message for a limited time`() async
  {
    let clock = SteppingClock()
    let store = MemoryStore(nowMilliseconds: { Int64(clock.look()) })
    let cache = Self.cache(store)
    let (killed, other) = (ReplayGuard(), ReplayGuard())
    let limit = Int64(ReplayGuard.progressSeconds)
    #expect(await killed.claim("a", at: moment(), cache: cache) == .first)
    clock.pass(UInt64(limit * 1_000 - 1))
    for replays in [killed, other] {
      #expect(await replays.claim("a", at: moment(limit - 1), cache: cache) == .unfinished)
    }
    clock.pass(1)
    #expect(await accept("a", other, at: limit, in: cache) == .first)
    #expect(await accept("a", killed, at: limit, in: cache) == .taken)
    // What was accepted is refused for the whole window, and no longer.
    clock.pass(UInt64(ReplayGuard.windowSeconds * 1_000 - 1))
    #expect(await ReplayGuard().claim("a", at: moment(), cache: cache) == .taken)
    clock.pass(1)
    #expect(await ReplayGuard().claim("a", at: moment(), cache: cache) == .first)
  }

  @Test func `a claim that was made before the clock was set back ends`() async {
    let replays = ReplayGuard()
    #expect(await replays.claim("a", at: moment(3_600), cache: away) == .first)
    #expect(await replays.claim("a", at: moment(), cache: away) == .first)
  }

  @Test func `processes share their messages through a server too`() async throws {
    let server = try RedisServer.shared()
    let group = try EventLoopGroup(count: 1)
    group.start()
    defer { group.stop() }
    let cache = try Cache.open(
      service: "test-\(UInt32.random(in: 0 ... .max))",
      from: RedisSource(
        configuration: CacheConfiguration(
          endpoint: Endpoint(host: server.host, port: server.port), user: server.administrator,
          password: server.password),
        options: .patient("connector-tests")), on: group.loops[0], logger: .silent)
    let (one, other) = (ReplayGuard(), ReplayGuard())
    #expect(await one.claim("a", at: moment(), cache: cache) == .first)
    #expect(await other.claim("a", at: moment(), cache: cache) == .unfinished)
    await one.release("a", cache: cache)
    #expect(await accept("a", other, in: cache) == .first)
    #expect(await one.claim("a", at: moment(), cache: cache) == .taken)
    await cache.remove(cache.key("platform-event", "a"))
    await cache.close()
  }

  @Test func `a released message is accepted again by either process`() async {
    let one = ReplayGuard()
    let other = ReplayGuard()
    #expect(await one.claim("a", at: moment(), cache: shared) == .first)
    #expect(await other.claim("a", at: moment(), cache: shared) == .unfinished)
    await one.release("a", cache: shared)
    #expect(await other.claim("a", at: moment(1), cache: shared) == .first)
    #expect(await one.claim("a", at: moment(1), cache: shared) == .unfinished)
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
    #expect(claims.filter { $0 == .unfinished }.count == 49)
  }

  @Test func `an id is remembered while its signature can be valid, and dropped afterwards`() async {
    let replays = ReplayGuard()
    let window = Int64(ReplayGuard.windowSeconds)
    #expect(window > 2 * PlatformSignature.toleranceSeconds)
    #expect(await accept("early", replays, in: away) == .first)
    #expect(await accept("late", replays, at: window - 1, in: away) == .first)
    for second in [window, 2 * window - 2] {
      #expect(await replays.claim("late", at: moment(second), cache: away) == .taken)
    }
    #expect(await accept("late", replays, at: 2 * window, in: away) == .first)
    #expect(await accept("late", replays, at: 9 * window, in: away) == .first)
  }

  @Test func `a clock that moves back drops no id`() async {
    let replays = ReplayGuard()
    #expect(await accept("a", replays, in: away) == .first)
    #expect(await replays.claim("a", at: moment(-100_000), cache: away) == .taken)
  }

  @Test
  func `a guard that was full when its clock was set back has room again after a window, and drops no id`()
    async
  {
    let replays = ReplayGuard(capacity: 2)
    let ahead: Int64 = 86_400
    for id in ["a", "b"] { #expect(await accept(id, replays, at: ahead, in: away) == .first) }
    #expect(await replays.claim("c", at: moment(ahead), cache: away) == .full)
    #expect(await replays.claim("a", at: moment(), cache: away) == .taken)
    #expect(await accept("c", replays, in: away) == .first)
    #expect(await replays.claim("b", at: moment(1), cache: away) == .taken)
  }

  @Test func `claims beyond the capacity are refused until the window has passed`() async {
    let replays = ReplayGuard(capacity: 2)
    #expect(await accept("a", replays, in: away) == .first)
    #expect(await replays.claim("b", at: moment(), cache: away) == .first)
    #expect(await replays.claim("c", at: moment(), cache: away) == .full)
    #expect(await replays.claim("a", at: moment(), cache: away) == .taken)
    await replays.release("b", cache: away)
    #expect(await replays.claim("c", at: moment(), cache: away) == .first)
    let later = moment(Int64(ReplayGuard.windowSeconds))
    #expect(await replays.claim("d", at: later, cache: away) == .first)
  }
}
