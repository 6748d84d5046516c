import Cache
import DataAccess

/// The engines that a program is built with: `DB_TYPE` and `CACHE_TYPE` select one of each.
///
/// A program's `Composition.swift` has one such value. An engine that is missing there cannot be selected.
package struct EngineRegistry: Sendable {
  /// In the order in which messages name them.
  package let databases: [any DatabaseEngine]
  /// In the order in which messages name them.
  package let caches: [any CacheEngine]

  /// Lists the engines.
  package init(databases: [any DatabaseEngine], caches: [any CacheEngine]) {
    self.databases = databases
    self.caches = caches
  }

  /// The engine where no setting names one: the first that needs no server.
  var defaultDatabase: (any DatabaseEngine)? { databases.first { $0.location.isEmbedded } ?? databases.first }

  /// The cache where no setting names one: it needs a server where the database does. Where the database's engine is
  /// unknown, the one that needs least.
  func defaultCache(beside database: (any DatabaseEngine)?) -> (any CacheEngine)? {
    let isEmbedded = database?.location.isEmbedded ?? true
    return caches.first { $0.location.isEmbedded == isEmbedded } ?? caches.first
  }
}

extension EnvironmentReader {
  /// The database engine that `DB_TYPE` selects; nil, with the problem reported, where the program has none of that
  /// name.
  package mutating func databaseEngine(in registry: EngineRegistry) -> (any DatabaseEngine)? {
    guard let name = optionalText("DB_TYPE") else { return registry.defaultDatabase }
    if let engine = registry.databases.first(where: { $0.name == name }) { return engine }
    report("DB_TYPE", "must be one of \(registry.databases.map(\.name).joined(separator: ", "))")
    return nil
  }

  /// As ``databaseEngine(in:)``, for `CACHE_TYPE`.
  mutating func cacheEngine(
    in registry: EngineRegistry, beside database: (any DatabaseEngine)?
  ) -> (any CacheEngine)? {
    guard let name = optionalText("CACHE_TYPE") else { return registry.defaultCache(beside: database) }
    if let engine = registry.caches.first(where: { $0.name == name }) { return engine }
    report("CACHE_TYPE", "must be one of \(registry.caches.map(\.name).joined(separator: ", "))")
    return nil
  }
}
