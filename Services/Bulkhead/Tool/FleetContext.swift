import AccessAdministration
import AccessManifest
import AccessPlanning
import Runtime

/// The tool's context for commands on both the database and the cache.
struct FleetContext: Sendable {
  let database: DatabaseContext
  let cache: SelectedCache
  let cacheAdministration: any CacheAdministration

  init(database: DatabaseContext, cache: SelectedCache) throws {
    let selected = Administrations.caches.first { $0.engine.name == cache.engine.name }
    guard let selected else { throw ToolError("this tool has no administration for \(cache.engine.name)") }
    self.database = database
    self.cache = cache
    cacheAdministration = selected
  }

  var tool: ToolContext { database.tool }
  var console: Console { tool.console }
  var manifest: AccessManifest { tool.manifest }

  var cacheSite: CacheSite {
    CacheSite(
      manifest: tool.manifest, credentials: tool.credentials, configuration: cache.configuration,
      loop: database.site.loop)
  }

  /// The rights in the database and in the cache, as the administrators.
  var access: AccessController {
    let engines: [any GrantTarget] = [
      DatabaseTarget(context: database), CacheTarget(administration: cacheAdministration, site: cacheSite),
    ]
    let files = RetiredCredentials(
      manifest, store: tool.credentials, removes: database.site.dropsRetired)
    return AccessController(targets: engines + (files.names.isEmpty ? [] : [files]))
  }
}
