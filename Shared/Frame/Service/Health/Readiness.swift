import Cache
import Clock
import DataAccess
import EventLoop
import Runtime

/// Whether this process may be sent traffic: asked of the database, the cache and the schema, not more than once a
/// second however often it is asked for.
actor Readiness {
  /// How long an answer is good for.
  static let cachedNanoseconds: UInt64 = 1_000_000_000
  /// How long a component may take; one that takes longer is as good as gone.
  static let probeSeconds = 1.0

  private enum State {
    case unknown
    case asking(Task<HealthReport, Never>)
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

  /// The newest report; whoever comes while it is being made waits for it instead of asking again.
  func report() async -> HealthReport {
    switch state {
    case .known(let report, let until) where nanoseconds() < until: return report
    case .asking(let task): return await task.value
    case .unknown, .known: return await ask()
    }
  }

  private func ask() async -> HealthReport {
    let task = Task { await probe() }
    state = .asking(task)
    let report = await task.value
    state = .known(report, until: nanoseconds() + Self.cachedNanoseconds)
    return report
  }
}

extension HealthReport {
  /// Asks what every loop stands on; a component is well when it is well on all of them.
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

  /// One statement answers both: the schema's state is read from its own table.
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
      .init("schema", .unavailable(reason: "not known without the database", isEssential: true)),
    ]
  }

  private func cacheHealth() async -> ComponentHealth {
    let cache = cache
    switch await TimeLimit.value(seconds: Readiness.probeSeconds, { await cache.ping() }) {
    case .available: return .available
    case .unavailable(let reason): return .unavailable(reason: reason, isEssential: false)
    case nil: return .unavailable(reason: "no answer in time", isEssential: false)
    }
  }
}
