import Cache
import DataAccess
import HTTP
import Routing
import Runtime

/// `GET /metrics`: the registry as text, with the state of the pools and caches. It is read at most once a second, however many
/// ask: it takes some milliseconds of a processor, and anyone may ask.
struct MetricsRoute: Sendable {
  static let path = "/metrics"

  private let exposition: SharedReading<[UInt8]>

  /// One for the process.
  init(registry: MetricRegistry, resources: [LoopResources]) {
    let measurements = Measurements(registry: registry, resources: resources)
    exposition = SharedReading { await measurements.exposition() }
  }

  func add(to router: inout Router) {
    router.get(
      Self.path, summary: "Measurements, for Prometheus", access: .anyone,
      answer: Answer(.ok, contentType: MetricRegistry.contentType, .string), traits: .anyQuery
    ) { _, _ in
      Response(
        status: .ok, headers: ["Content-Type": MetricRegistry.contentType], body: await exposition.value())
    }
  }
}

/// What an exposition reads.
private struct Measurements: Sendable {
  let registry: MetricRegistry
  let resources: [LoopResources]

  func exposition() async -> [UInt8] {
    await measurePools()
    measureCaches()
    return registry.exposition()
  }

  private func measurePools() async {
    for resource in resources {
      let status = await resource.database.status()
      let labels = [("loop", resource.loop.name)]
      gauge("database_connections_open", "Open connections to the database.", labels).set(Double(status.open))
      gauge("database_connections_in_use", "Connections that are lent or carry reads.", labels)
        .set(Double(status.inUse))
      gauge("database_statements_waiting", "Statements that wait for a connection.", labels)
        .set(Double(status.waiting))
    }
  }

  private func measureCaches() {
    for resource in resources {
      let isAvailable = resource.cache.status() == .available
      gauge(
        "cache_available", "1 while the cache takes the loop's commands, else 0.",
        [("loop", resource.loop.name)]
      ).set(isAvailable ? 1 : 0)
    }
  }

  private func gauge(_ name: String, _ help: String, _ labels: [(String, String)]) -> GaugeInstrument {
    registry.gauge(name, help: help, labels: labels)
  }
}
