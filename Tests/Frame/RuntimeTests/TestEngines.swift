import DataAccess
import MemoryCache
import PostgresDriver
import RedisDriver
import Runtime
import SQLiteDriver
import Transport

/// The engines of the fleet, and one more server engine with its own port and schemes.
enum TestEngines {
  static let fleet = EngineRegistry(
    databases: [PostgresEngine(), SQLiteEngine()], caches: [RedisEngine(), MemoryCacheEngine()])
  static let withAnother = EngineRegistry(
    databases: fleet.databases + [AnotherEngine()], caches: fleet.caches)
}

/// An engine that only the tests have. The settings treat it as any other engine.
struct AnotherEngine: DatabaseEngine {
  let name = "another"
  let urlSchemes = ["another", "other"]
  let location = EngineLocation.server(defaultPort: 3306)
  let dialect = Dialect.postgreSQL
  let pinsServerKeys = true

  func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    PostgresDriver(configuration: configuration)
  }
}
