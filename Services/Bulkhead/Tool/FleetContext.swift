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
    self.database = database
    self.cache = cache
    cacheAdministration = try Self.administration(of: cache)
  }

  /// The administration of the cache that the settings select.
  static func administration(of cache: SelectedCache) throws -> any CacheAdministration {
    let selected = Administrations.caches.first { $0.engine.name == cache.engine.name }
    guard let selected else { throw ToolError("this tool has no administration for \(cache.engine.name)") }
    return selected
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
  var access: AccessController { engines.access }

  /// Both engines as a whole.
  var engines: AccessEngines { engines(.everything) }

  /// Both engines, for the accounts of a focus.
  func engines(_ focus: AccessFocus) -> AccessEngines {
    var (context, site) = (database, cacheSite)
    context.site.focus = focus
    site.focus = focus
    let side = AccessEngines.CacheSide(administration: cacheAdministration, site: site)
    return AccessEngines(
      tool: tool, focus: focus, database: context, cache: manifest.administrators.hasCache ? side : nil)
  }
}
