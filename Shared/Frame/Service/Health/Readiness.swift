import Cache
import Clock
import DataAccess
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
  /// Probes the resources of every loop; a component is available when it is available on all loops.
  static func probing(_ resources: [LoopResources]) async -> HealthReport {
    await withTaskGroup(of: HealthReport.self) { group in
      for resource in resources { group.addTask { await resource.health() } }
      var worst: [Component] = []
      for await report in group { worst = merge(worst, report.components) }
      return HealthReport(worst)
    }
  }

  private static func merge(_ known: [Component], _ next: [Component]) -> [Component] {
    guard !known.isEmpty else { return next }
    return zip(known, next).map { known, next in known.health == .available ? next : known }
  }
}

extension LoopResources {
  fileprivate func health() async -> HealthReport {
    async let database = databaseAndSchema()
    async let cache = cacheHealth()
    return await HealthReport(database + [.init("cache", cache)])
  }

  /// One statement probes both: it reads the schema's state from the record of migrations.
  private func databaseAndSchema() async -> [HealthReport.Component] {
    let database = database
    let outcome = await TimeLimit.value(seconds: Readiness.probeSeconds) {
      () -> Result<SchemaState, DatabaseError> in
      do throws(DatabaseError) {
        return .success(try await database.schemaState())
      } catch {
        return .failure(error)
      }
    }
    switch outcome {
    case .success(let state):
      return [.init("database", .available), SchemaFit(state).component]
    case .failure(let error): return lost("\(error)")
    case nil: return lost("no answer within \(Int(Readiness.probeSeconds * 1000)) ms")
    }
  }

  private func lost(_ reason: String) -> [HealthReport.Component] {
    [
      .init("database", .unavailable(reason: reason, isEssential: true)),
      .init("schema", .unavailable(reason: "unknown without the database", isEssential: true)),
    ]
  }

  private func cacheHealth() async -> ComponentHealth {
    let cache = cache
    switch await TimeLimit.value(seconds: Readiness.probeSeconds, { await cache.probe() }) {
    case .available: return .available
    case .unavailable(let reason): return .unavailable(reason: reason, isEssential: false)
    case nil: return .unavailable(reason: "no answer in time", isEssential: false)
    }
  }
}
