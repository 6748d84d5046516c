import Cache
import EventLoop
import Runtime

/// The readiness of this process: probes the database, the cache and the schema, at most once a second.
typealias Readiness = SharedReading<HealthReport>

extension Readiness {
  /// How long a component may take; a slower one counts as unavailable.
  static var probeSeconds: Double { 1 }
}

extension HealthReport {
  /// Probes the database over the connection of the health check, and then the pools: they have nothing to add to a
  /// database that is lost. Probes the cache of every loop; it is available when it is available on all loops.
  static func probing(
    _ database: DatabaseProbe, _ pools: [PoolProbe], _ resources: [LoopResources]
  ) async -> HealthReport {
    async let databaseAndSchema = database.components(with: pools)
    let caches = await withTaskGroup(of: ComponentHealth.self) { group in
      for resource in resources { group.addTask { await resource.cacheHealth() } }
      return await group.reduce(into: [ComponentHealth]()) { $0.append($1) }
    }
    let cache = caches.first { $0 != .available } ?? .available
    return HealthReport(await databaseAndSchema + [Component("cache", cache)])
  }
}

extension LoopResources {
  fileprivate func cacheHealth() async -> ComponentHealth {
    let cache = cache
    switch await TimeLimit.value(seconds: Readiness.probeSeconds, { await cache.probe() }) {
    case .available: return .available
    case .unavailable(let reason): return .unavailable(reason: reason, isEssential: false)
    case nil: return .unavailable(reason: "no answer in time", isEssential: false)
    }
  }
}
