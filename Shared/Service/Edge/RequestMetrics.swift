import EventLoop
import HTTP
import Routing
import Runtime

/// `http_requests_total` and `http_request_duration_seconds`, with route templates as labels.
///
/// Each loop remembers the handles it has used, so that counting a request takes no lock.
struct RequestMetrics: RequestObserver {
  private let handles: LoopBound<Handles>

  init(registry: MetricRegistry, loop: EventLoop) {
    handles = LoopBound(Handles(registry: registry), to: loop)
  }

  func completed(
    method: Method, template: String, status: Int, durationNanoseconds: UInt64, requestID: String,
    responseBytes: Int
  ) {
    let handle = handles.value.handle(Handles.Key(method: method, template: template, status: status))
    handle.count.increment(by: Int64(1))
    handle.duration.observe(Double(durationNanoseconds) / 1e9)
  }

  private final class Handles {
    struct Key: Hashable {
      let method: Method
      let template: String
      let status: Int
    }

    private let registry: MetricRegistry
    private var known: [Key: (count: CounterInstrument, duration: HistogramInstrument)] = [:]

    init(registry: MetricRegistry) {
      self.registry = registry
    }

    func handle(_ key: Key) -> (count: CounterInstrument, duration: HistogramInstrument) {
      // Any token is a method: made-up ones must not make up metrics, nor fill this dictionary.
      let key =
        Self.methods.contains(key.method)
        ? key : Key(method: Self.other, template: key.template, status: key.status)
      if let handle = known[key] { return handle }
      let route = [("method", key.method.rawValue), ("route", key.template)]
      let handle = (
        registry.counter(
          "http_requests_total", help: "Requests answered.", labels: route + [("status", "\(key.status)")]),
        registry.histogram(
          "http_request_duration_seconds", help: "Time from the request to its answer.", labels: route)
      )
      known[key] = handle
      return handle
    }

    private static let methods: Set<Method> = [.get, .head, .post, .put, .patch, .delete, .options]
    private static let other = Method(rawValue: "OTHER")
  }
}
