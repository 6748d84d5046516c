import Cache
import Clock
import EventLoop
import Runtime

/// The readiness of this process: probes the database, the cache and the schema, at most once a second.
actor Readiness {
  /// How long a report is valid.
  static let cachedNanoseconds: UInt64 = 1_000_000_000
  /// How long a component may take; a slower one counts as unavailable.
  static let probeSeconds = 1.0

  private enum State {
    case unknown
    case probing(Task<HealthReport, Never>)
    case known(HealthReport, until: UInt64)
  }

  private let probe: @Sendable () async -> HealthReport
  private let nanoseconds: @Sendable () -> UInt64
  private var state = State.unknown

  init(
    nanoseconds: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds() },
    probe: @escaping @Sendable () async -> HealthReport
  ) {
    self.probe = probe
    self.nanoseconds = nanoseconds
  }

  /// The newest report. A caller that arrives during a probe waits for its result.
  func report() async -> HealthReport {
    switch state {
    case .known(let report, let until) where nanoseconds() < until: return report
    case .probing(let task): return await task.value
    case .unknown, .known: return await makeReport()
    }
  }

  private func makeReport() async -> HealthReport {
    let task = Task { await probe() }
    state = .probing(task)
    let report = await task.value
    state = .known(report, until: nanoseconds() + Self.cachedNanoseconds)
    return report
  }
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
