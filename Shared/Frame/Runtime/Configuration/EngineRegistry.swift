import Cache
import DataAccess
import Glibc

/// The engines that a program is built with: `DB_TYPE` and `CACHE_TYPE` select one of each.
///
/// A program's `Composition.swift` has one such value. Settings cannot select an engine that it does not list.
package struct EngineRegistry: Sendable {
  /// The database engines, in the order of messages.
  package let databases: [any DatabaseEngine]
  /// The cache engines, in the order of messages.
  package let caches: [any CacheEngine]

  /// Creates a registry.
  package init(databases: [any DatabaseEngine], caches: [any CacheEngine]) {
    self.databases = databases
    self.caches = caches
  }

  /// The engine without `DB_TYPE`: the first that needs no server.
  var defaultDatabase: (any DatabaseEngine)? { databases.first { $0.location.isEmbedded } ?? databases.first }

  /// The cache without `CACHE_TYPE`: one with a server where the database has a server, else an embedded one. An
  /// unknown database counts as embedded.
  func defaultCache(beside database: (any DatabaseEngine)?) -> (any CacheEngine)? {
    let isEmbedded = database?.location.isEmbedded ?? true
    return caches.first { $0.location.isEmbedded == isEmbedded } ?? caches.first
  }
}

extension EngineRegistry {
  /// Removes from this process what the client libraries of all engines would read from its environment: only the settings
  /// say where a connection leads. A program calls it before its first connection; its children do not inherit them either.
  package func removeLibraryVariables() {
    for name in databases.flatMap(\.libraryVariables) where getenv(name) != nil { unsetenv(name) }
  }
}

extension EnvironmentReader {
  /// Warns of the variables that the client library of the selected engine would read.
  package mutating func warnOfLibraryVariables(of engine: (any DatabaseEngine)?) {
    for name in engine?.libraryVariables ?? [] where variables[name] != nil {
      warn(
        name,
        "is a variable of \(engine?.name ?? "")'s client library and has no effect: only DB_* and DATABASE_URL count"
      )
    }
  }

  /// The database engine that `DB_TYPE` selects. Reports an error and returns nil where the program has no such
  /// engine.
  package mutating func databaseEngine(in registry: EngineRegistry) -> (any DatabaseEngine)? {
    guard let name = optionalText("DB_TYPE") else { return registry.defaultDatabase }
    if let engine = registry.databases.first(where: { $0.name == name }) { return engine }
    report("DB_TYPE", "must be one of \(registry.databases.map(\.name).joined(separator: ", "))")
    return nil
  }

  /// The cache engine that `CACHE_TYPE` selects; see ``databaseEngine(in:)``.
  package mutating func cacheEngine(
    in registry: EngineRegistry, beside database: (any DatabaseEngine)?
  ) -> (any CacheEngine)? {
    guard let name = optionalText("CACHE_TYPE") else { return registry.defaultCache(beside: database) }
    if let engine = registry.caches.first(where: { $0.name == name }) { return engine }
    report("CACHE_TYPE", "must be one of \(registry.caches.map(\.name).joined(separator: ", "))")
    return nil
  }
}
