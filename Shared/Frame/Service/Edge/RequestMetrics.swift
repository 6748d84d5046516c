import EventLoop
import HTTP
import Routing
import Runtime

/// `http_requests_total` and `http_request_duration_seconds`, with route templates as labels, and
/// `http_request_wait_seconds`.
///
/// Each loop keeps the handles that it has used: counting a request takes no lock and hashes nothing.
final class RequestMetrics: RequestObserver {
  private let handles: LoopBound<Handles>

  init(registry: MetricRegistry, loop: EventLoop) {
    handles = LoopBound(Handles(registry: registry), to: loop)
  }

  func completed(_ exchange: borrowing Exchange) {
    handles.value.handle(exchange.method, exchange.route, exchange.status)
      .count(durationNanoseconds: exchange.durationNanoseconds)
    if exchange.waitNanoseconds > 0 { handles.value.wait.observe(Double(exchange.waitNanoseconds) / 1e9) }
  }

  /// The instruments for one method, route and status.
  private final class Handle {
    let method: Method
    let status: Int
    private let count: CounterInstrument
    private let duration: HistogramInstrument

    func count(durationNanoseconds: UInt64) {
      count.increment(by: Int64(1))
      duration.observe(Double(durationNanoseconds) / 1e9)
    }

    func counts(_ method: Method, _ status: Int) -> Bool { self.status == status && self.method == method }

    init(_ method: Method, _ route: RouteName, _ status: Int, in registry: MetricRegistry) {
      self.method = method
      self.status = status
      let labels = [("method", method.rawValue), ("route", route.template)]
      count = registry.counter(
        "http_requests_total", help: "Answered requests.", labels: labels + [("status", "\(status)")]
      ).share()
      duration = registry.histogram(
        "http_request_duration_seconds", help: "Time from a request to its answer.", labels: labels
      ).share()
    }
  }

  private final class Handles {
    private let registry: MetricRegistry
    /// The waits of requests whose answer needs a task.
    let wait: HistogramInstrument
    /// Indexed by the route's number; a route has few methods and statuses.
    // Unchecked at run time, because each request passes here: an access reads an element or appends one.
    @exclusivity(unchecked) private var known: [[Handle]] = []

    init(registry: MetricRegistry) {
      self.registry = registry
      wait = registry.histogram(
        "http_request_wait_seconds",
        help:
          "Time from a request that was read to its handler: behind others of its client, a user or a source's strangers.",
        labels: []
      ).share()
    }

    func handle(_ method: Method, _ route: RouteName, _ status: Int) -> Handle {
      // A client can send any token as a method; unknown ones share one metric, or they would fill this table.
      let method = method.isKnown ? method : Self.other
      while known.count <= route.number { known.append([]) }
      for handle in known[route.number] where handle.counts(method, status) { return handle }
      let handle = Handle(method, route, status, in: registry)
      known[route.number].append(handle)
      return handle
    }

    private static let other = Method(rawValue: "OTHER")
  }
}
