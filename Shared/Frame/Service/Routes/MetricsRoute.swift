import Cache
import DataAccess
import HTTP
import Routing
import Runtime

/// `GET /metrics`: the registry as text, with the current state of the pools and caches.
struct MetricsRoute: Sendable {
  static let path = "/metrics"

  let registry: MetricRegistry
  let resources: [LoopResources]

  func add(to router: inout Router) {
    router.get(
      Self.path, summary: "Measurements, for Prometheus", access: .anyone,
      answer: Answer(.ok, contentType: MetricRegistry.contentType, .string), traits: .anyQuery
    ) { _, _ in
      await measurePools()
      measureCaches()
      return Response(
        status: .ok, headers: ["Content-Type": MetricRegistry.contentType], body: registry.exposition())
    }
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
