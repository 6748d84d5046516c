import HTTPServer
import Logging
import Runtime

/// Reports what happened to the connections of each listener of the process: in sum once a second to the log, a line for a
/// listener, and in the metrics, for all together.
struct ConnectionReport: Sendable {
  /// The listeners, by the settings of their ports.
  let listeners: [(name: String, server: HTTPServer)]
  let logger: Logger

  /// Adds the metrics.
  func register(in metrics: MetricRegistry) {
    metrics.collect { [listeners] in
      let servers = listeners.map(\.server)
      let counts = servers.reduce(into: ConnectionCounts()) { $0.add($1.connectionCounts) }
      let load = servers.reduce(into: ServerLoad()) { $0.add($1.load) }
      return [
        MetricSample(
          "http_connections_open", .gauge, help: "Open connections of clients.",
          value: Double(servers.reduce(0) { $0 + $1.connectionCount })),
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
        MetricSample(
          "http_requests_shed_total", .counter, help: "Requests that got 503 because others waited too long.",
          value: Double(load.shed)),
        MetricSample(
          "http_connections_paused", .gauge, help: "Connections that are not read for a while after a 503.",
          value: Double(load.paused)),
        MetricSample(
          "http_unsent_bytes", .gauge, help: "Bytes of answers that wait for clients.",
          value: Double(load.unsentBytes)),
        MetricSample(
          "http_incomplete_bytes", .gauge,
          help: "Bytes of requests that have not arrived whole, or that wait behind another one.",
          value: Double(load.incompleteBytes)),
        MetricSample(
          "http_incomplete_refused_total", .counter,
          help: "Requests that were refused because incomplete ones held too many bytes.",
          value: Double(counts.overIncompleteLimit)),
        MetricSample(
          "http_connections_slow_total", .counter,
          help:
            "Connections that ended because their client did not read: over a limit of bytes, or too slowly.",
          value: Double(counts.overUnsentLimit + counts.slowReaders)),
        MetricSample(
          "http_answers_too_large_total", .counter,
          help: "Answers that were cut: larger than the bytes that may wait for one client.",
          value: Double(counts.tooLargeAnswers)),
        MetricSample(
          "http_requests_in_progress", .gauge, help: "Requests that wait for their answer.",
          value: Double(load.inFlight)),
        MetricSample(
          "http_loop_lag_seconds", .gauge, help: "How long a ready connection waited for its loop, at worst.",
          value: Double(load.lagNanoseconds) / 1e9),
      ]
    }
  }

  /// Writes to the log until the task is cancelled.
  func run() async {
    var last = listeners.map { _ in (counts: ConnectionCounts(), shed: 0) }
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      for (index, listener) in listeners.enumerated() {
        let counts = listener.server.connectionCounts
        let load = listener.server.load
        var logger = logger
        logger[metadataKey: "listener"] = "\(listener.name)"
        let lines = ConnectionLines(server: listener.server, logger: logger)
        lines.report(counts.since(last[index].counts))
        lines.report(load, shedSince: last[index].shed)
        last[index] = (counts, load.shed)
      }
    }
  }
}

/// The lines of one listener.
private struct ConnectionLines {
  let server: HTTPServer
  let logger: Logger

  func report(_ load: ServerLoad, shedSince before: Int) {
    guard load.shed > before else { return }
    logger.warning(
      "requests refused for lack of time",
      metadata: [
        "refused": "\(load.shed - before)", "in_progress": "\(load.inFlight)",
        "loop_lag_ms": "\(load.lagNanoseconds / 1_000_000)",
      ])
  }

  func report(_ counts: ConnectionCounts) {
    guard counts != ConnectionCounts() else { return }
    let addresses = server.takeBusiestAddresses()
    if counts.overUnsentLimit + counts.slowReaders > 0 {
      logger.warning(
        "clients that do not read",
        metadata: Self.fields(
          [
            "open": "\(server.connectionCount)", "unsent_ended": "\(counts.overUnsentLimit)",
            "slow_readers": "\(counts.slowReaders)",
          ], ["by_address": addresses.slow]))
    }
    if counts.tooLargeAnswers > 0 {
      logger.warning(
        "answers larger than a connection may hold", metadata: ["cut": "\(counts.tooLargeAnswers)"])
    }
    if counts.overIncompleteLimit > 0 {
      logger.warning(
        "incomplete requests at their limit",
        metadata: Self.fields(
          ["refused": "\(counts.overIncompleteLimit)", "bytes": "\(server.load.incompleteBytes)"],
          ["by_address": addresses.incomplete]))
    }
    if counts.unreadableForwarded > 0 {
      logger.warning(
        "trusted proxies that name no client",
        metadata: Self.fields(
          ["requests": "\(counts.unreadableForwarded)"], ["by_address": addresses.forwarding]))
    }
    guard counts.hasMetLimit else { return }
    logger.warning(
      "connections at their limit",
      metadata: Self.fields(
        [
          "open": "\(server.connectionCount)", "refused": "\(counts.refusedByLimit)",
          "refused_by_address": "\(counts.refusedByAddress)", "idle_ended": "\(counts.gaveWay)",
          "descriptor_shortages": "\(counts.descriptorShortages)",
        ], ["open_by_address": addresses.open, "new_by_address": addresses.new]))
  }

  private static func fields(
    _ numbers: Logger.Metadata, _ addresses: [String: [AddressCount]]
  ) -> Logger.Metadata {
    let lists = addresses.filter { !$0.value.isEmpty }
      .mapValues { list in Logger.MetadataValue.string(list.map(\.description).joined(separator: ", ")) }
    return numbers.merging(lists) { $1 }
  }
}

extension ConnectionCounts {
  /// Whether a limit of connections or of descriptors was met.
  fileprivate var hasMetLimit: Bool {
    refusedByLimit + refusedByAddress + gaveWay + descriptorShortages > 0
  }
}
