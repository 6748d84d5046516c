import AccessAdministration
import MemoryCacheAdministration
import PostgresAdministration
import RedisAdministration
import Runtime
import SQLiteAdministration

/// The engines that the tool administers: the only place of the tool that names one.
enum Administrations {
  static let databases: [any DatabaseAdministration] = [PostgresAdministration(), SQLiteAdministration()]
  static let caches: [any CacheAdministration] = [RedisAdministration(), MemoryCacheAdministration()]

  /// What `DB_TYPE` and `CACHE_TYPE` select from.
  static let engines = EngineRegistry(databases: databases.map(\.engine), caches: caches.map(\.engine))
}
