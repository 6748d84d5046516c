import AccessAdministration
import MariaDBAdministration
import MemoryCacheAdministration
import PostgresAdministration
import RedisAdministration
import Runtime
import SQLiteAdministration

/// The engines that the tool administers. No other file of the tool names an engine.
enum Administrations {
  static let databases: [any DatabaseAdministration] = [
    PostgresAdministration(), MariaDBAdministration(), SQLiteAdministration(),
  ]
  static let caches: [any CacheAdministration] = [RedisAdministration(), MemoryCacheAdministration()]

  /// The engines that `DB_TYPE` and `CACHE_TYPE` select from.
  static let engines = EngineRegistry(databases: databases.map(\.engine), caches: caches.map(\.engine))
}
