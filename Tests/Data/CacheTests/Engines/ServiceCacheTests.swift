import Cache
import DatabaseTestSupport
import Logging
import MemoryCache
import RedisDriver
import TestSupport
import Testing

@Suite("The cache for a service")
struct ServiceCacheTests {
  private func withCache(_ engine: CacheUnderTest, _ body: @Sendable (Cache) async throws -> Void)
    async throws
  {
    let service = "test-\(UInt32.random(in: 0 ... .max))"
    let log = LogRecorder()
    if let server = try engine.server() {
      let fixture = try LoopFixture()
      let configuration = RedisAccounts.configuration(
        server, user: server.administrator, password: server.password)
      let cache = try Cache.open(
        service: service, from: RedisSource(configuration: configuration), on: fixture.loop,
        logger: log.logger)
      try await body(cache)
      await cache.close()
    } else {
      let rights = [CacheRights(keyPrefix: service + ":", access: .readWrite)]
      try await body(
        Cache(
          service: service, connection: MemoryStore().connection(account: service, rights: rights),
          logger: log.logger))
    }
    #expect(log.lines == ["cache available"])
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `values are returned until they are removed`(engine: CacheUnderTest) async throws {
    try await withCache(engine) { cache in
      let key = cache.key("summary", "a:b")
      #expect(await cache.get(key) == nil)
      await cache.set(key, [0, 1, 255], ttlSeconds: 60)
      #expect(await cache.get(key) == [0, 1, 255])
      await cache.remove(key)
      #expect(await cache.get(key) == nil)
      #expect(cache.status() == .available)
      #expect(await cache.probe() == .available)
    }
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `a counter is exact under concurrent increments`(engine: CacheUnderTest) async throws {
    try await withCache(engine) { cache in
      let key = cache.key("attempts")
      let counts = await withTaskGroup(of: Int64?.self) { group in
        for _ in 0..<50 { group.addTask { await cache.increment(key, ttlSeconds: 60) } }
        return await group.reduce(into: Set<Int64>()) { if let count = $1 { $0.insert(count) } }
      }
      #expect(counts == Set(1...50))
    }
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `an overlong key returns no value and leaves the cache available`(engine: CacheUnderTest) async throws
  {
    try await withCache(engine) { cache in
      let key = cache.key(String(repeating: "x", count: CacheKey.maximumBytes))
      await cache.set(key, [1], ttlSeconds: 60)
      #expect(await cache.get(key) == nil)
      #expect(await cache.increment(key, ttlSeconds: 60) == nil)
      _ = await cache.probe()
    }
  }

  @Test func `a counter expires with its window, however often it was incremented`() async {
    let clock = ClockBox()
    let store = MemoryStore(nowMilliseconds: { clock.now })
    let cache = Cache(
      service: "s",
      connection: store.connection(account: "s", rights: [CacheRights(keyPrefix: "s:", access: .readWrite)]),
      logger: LogRecorder().logger)
    let key = cache.key("attempts")
    for second in 0..<10 {
      clock.set(Int64(second) * 1000)
      #expect(await cache.increment(key, ttlSeconds: 10) == Int64(second + 1))
    }
    clock.set(10_000)
    #expect(await cache.increment(key, ttlSeconds: 10) == 1)
  }

  @Test func `a denial is logged once, returns no value, and the cache stays available`() async {
    let log = LogRecorder()
    let cache = Cache(
      service: "analytics", access: .read,
      connection: MemoryStore().connection(
        account: "analytics-cache", rights: [CacheRights(keyPrefix: "analytics:", access: .read)]),
      logger: log.logger)
    for _ in 0..<3 {
      await cache.set(cache.key("k"), [1], ttlSeconds: 1)
      #expect(await cache.get(cache.key("k")) == nil)
    }
    #expect(log.lines == ["cache available", "cache permission denied"])
    #expect(await cache.probe() == .available)
  }

  @Test func `rights that were lost make the cache unavailable, which names the denial`() async {
    let cache = Cache(
      service: "backend-api",
      connection: MemoryStore().connection(
        account: "backend-api-cache", rights: [CacheRights(keyPrefix: "backend-api:", access: .read)]),
      logger: LogRecorder().logger)
    let reason = "permission denied: backend-api-cache may not run SET on backend-api:*"
    #expect(await cache.probe() == .unavailable(reason: reason))
  }

  @Test func `a value larger than the whole store is the caller's mistake`() async {
    let store = MemoryStore(limits: MemoryLimits(entries: 10, bytes: 100))
    let cache = Cache(
      service: "s",
      connection: store.connection(account: "s", rights: [CacheRights(keyPrefix: "s:", access: .readWrite)]),
      logger: LogRecorder().logger)
    await cache.set(cache.key("k"), [UInt8](repeating: 1, count: 200), ttlSeconds: 60)
    #expect(cache.status() == .available)
  }
}
