import Cache
import Clock
import EventLoop
import MariaDBDriver
import MemoryCache
import PostgresDriver
import RedisDriver
import Routing
import Runtime
import SQLiteDriver
import Schema
import Service

/// The engines of both parts of this program.
private let supportedEngines = EngineRegistry(
  databases: [PostgresEngine(), MariaDBEngine(), SQLiteEngine()],
  caches: [RedisEngine(), MemoryCacheEngine()])

/// analytics: the reports. It only reads; the database and the cache refuse anything else.
struct Analytics: ServiceDefinition {
  let name = "analytics"
  let defaultPort = 8083
  let tokenKey = TokenKeyHalf.verifying
  let cacheRights = CacheRights(keyPrefix: "analytics:", access: .read)
  let engines = supportedEngines

  func addRoutes(to router: inout Router, on resources: LoopResources) async throws {
    ReportRoutes(
      activity: ActivityRepository(database: resources.database),
      rollups: RollupRepository(database: resources.database),
      events: EventRepository(database: resources.database),
      summaries: SummaryCache(cache: resources.cache),
      currentTime: { Timestamp.now() }
    ).add(to: &router)
  }
}

/// The worker that counts by day, under an account of its own. Only that account writes rollups and analytics' cache
/// keys. The worker answers probes and metrics only.
struct RollupService: ServiceDefinition {
  static let defaultIntervalSeconds = 60

  let name = "analytics-rollup"
  let defaultPort = 8086
  let tokenKey = TokenKeyHalf.verifying
  let cacheRights = CacheRights(keyPrefix: "analytics:", access: .readWrite)
  let engines = supportedEngines
  private let intervalSeconds: Int

  /// Reads `ROLLUP_INTERVAL`: seconds between two rounds.
  init(reading environment: inout EnvironmentReader) {
    intervalSeconds = environment.integer(
      "ROLLUP_INTERVAL", default: Self.defaultIntervalSeconds, in: 1...86_400)
  }

  func addRoutes(to router: inout Router, on resources: LoopResources) async throws {}

  func work(on resources: LoopResources) async {
    await RollupWorker(
      activity: ActivityRepository(database: resources.database),
      rollups: RollupRepository(database: resources.database),
      summaries: SummaryCache(cache: resources.cache), currentTime: { Timestamp.now() },
      logger: resources.logger, intervalSeconds: intervalSeconds, metrics: resources.metrics
    ).run(on: resources.loop)
  }
}
