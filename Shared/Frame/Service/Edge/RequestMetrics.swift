import EventLoop
import HTTP
import Routing
import Runtime

/// `http_requests_total` and `http_request_duration_seconds`, with route templates as labels.
///
/// Each loop remembers the handles it has used, so that counting a request takes no lock and hashes nothing.
final class RequestMetrics: RequestObserver {
  private let handles: LoopBound<Handles>

  init(registry: MetricRegistry, loop: EventLoop) {
    handles = LoopBound(Handles(registry: registry), to: loop)
  }

  func completed(_ exchange: borrowing Exchange) {
    let handle = handles.value.handle(exchange.method, exchange.route, exchange.status)
    handle.count.increment(by: Int64(1))
    handle.duration.observe(Double(exchange.durationNanoseconds) / 1e9)
  }

  /// What counts the answers of one kind.
  private final class Handle {
    let method: Method
    let status: Int
    let count: CounterInstrument
    let duration: HistogramInstrument

    func counts(_ method: Method, _ status: Int) -> Bool { self.status == status && self.method == method }

    init(_ method: Method, _ route: RouteName, _ status: Int, in registry: MetricRegistry) {
      self.method = method
      self.status = status
      let labels = [("method", method.rawValue), ("route", route.template)]
      count = registry.counter(
        "http_requests_total", help: "Requests answered.", labels: labels + [("status", "\(status)")]
      ).share()
      duration = registry.histogram(
        "http_request_duration_seconds", help: "Time from the request to its answer.", labels: labels
      ).share()
    }
  }

  private final class Handles {
    private let registry: MetricRegistry
    /// By the number of the route; one route has few statuses and fewer methods.
    private var known: [[Handle]] = []

    init(registry: MetricRegistry) {
      self.registry = registry
    }

    func handle(_ method: Method, _ route: RouteName, _ status: Int) -> Handle {
      // Any token is a method: made-up ones must not make up metrics, nor fill this table.
      let method = method.isKnown ? method : Self.other
      while known.count <= route.number { known.append([]) }
      for index in known[route.number].indices where known[route.number][index].counts(method, status) {
        return known[route.number][index]
      }
      let handle = Handle(method, route, status, in: registry)
      known[route.number].append(handle)
      return handle
    }

    private static let other = Method(rawValue: "OTHER")
  }
}
