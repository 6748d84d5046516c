import HTTPServer
import Logging
import Runtime

/// Reports what happened to a listener's connections: in sum once a second to the log, and in the metrics.
struct ConnectionReport: Sendable {
  let server: HTTPServer
  let logger: Logger

  /// Adds the metrics.
  func register(in metrics: MetricRegistry) {
    metrics.collect { [server] in
      let counts = server.connectionCounts
      return [
        MetricSample(
          "http_connections_open", .gauge, help: "Open connections of clients.",
          value: Double(server.connectionCount)),
        MetricSample(
          "http_connections_refused_total", .counter, help: "Connections beyond a limit, which got 503.",
          value: Double(counts.refusedByLimit + counts.refusedByAddress)),
        MetricSample(
          "http_connections_gave_way_total", .counter, help: "Idle connections that ended for new ones.",
          value: Double(counts.gaveWay)),
        MetricSample(
          "http_descriptor_shortages_total", .counter,
          help: "Times that the process had no descriptor for a connection.",
          value: Double(counts.descriptorShortages)),
      ]
    }
  }

  /// Writes to the log until the task is cancelled.
  func run() async {
    var last = ConnectionCounts()
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      let counts = server.connectionCounts
      report(counts.since(last))
      last = counts
    }
  }

  private func report(_ counts: ConnectionCounts) {
    guard counts != ConnectionCounts() else { return }
    logger.warning(
      "connections at their limit",
      metadata: [
        "open": "\(server.connectionCount)", "refused": "\(counts.refusedByLimit)",
        "refused_by_address": "\(counts.refusedByAddress)", "idle_ended": "\(counts.gaveWay)",
        "descriptor_shortages": "\(counts.descriptorShortages)",
      ])
  }
}
