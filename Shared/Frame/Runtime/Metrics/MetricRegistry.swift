import Synchronization

/// The Prometheus type of a metric.
package enum MetricKind: String, Sendable, Hashable {
  case counter, gauge, histogram
}

/// The metrics of a process, by name and labels, and their exposition as text.
///
/// Take a handle once and keep it: taking one locks and compares labels, using one is an atomic addition. A name that
/// another kind uses, and a label set beyond ``maximumSeries``, get a handle that works but is not exposed. A mistake
/// in the metrics must not stop the service, and a hostile client must not fill its memory.
package final class MetricRegistry: Sendable {
  /// The largest number of label sets of one name.
  package static let maximumSeries = 2000

  /// The bounds of durations in seconds, from a cache hit to a slow report.
  package static let durationBounds = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  private let families = Mutex<[String: MetricFamily]>([:])
  private let collectors = Mutex<[@Sendable () -> [MetricSample]]>([])

  /// Creates an empty registry.
  package init() {}

  /// Returns the handle of a counter.
  package func counter(_ name: String, help: String = "", labels: [(String, String)] = [])
    -> CounterInstrument
  {
    let made = instrument(name, .counter, help, labels) { .counter(CounterInstrument()) }
    guard case .counter(let counter) = made else { return CounterInstrument() }
    return counter
  }

  /// Returns the handle of a gauge.
  package func gauge(_ name: String, help: String = "", labels: [(String, String)] = []) -> GaugeInstrument {
    let made = instrument(name, .gauge, help, labels) { .gauge(GaugeInstrument()) }
    guard case .gauge(let gauge) = made else { return GaugeInstrument() }
    return gauge
  }

  /// Returns the handle of a histogram. The first handle of a name sets its bounds.
  package func histogram(
    _ name: String, help: String = "", bounds: [Double] = durationBounds, labels: [(String, String)] = []
  ) -> HistogramInstrument {
    let made = instrument(name, .histogram, help, labels) { .histogram(HistogramInstrument(bounds: bounds)) }
    guard case .histogram(let histogram) = made else { return HistogramInstrument(bounds: bounds) }
    return histogram
  }

  /// Adds a collector that every scrape calls, for values that are read on demand: memory, open files, pools.
  package func collect(_ collector: @escaping @Sendable () -> [MetricSample]) {
    collectors.withLock { $0.append(collector) }
  }

  private func instrument(
    _ name: String, _ kind: MetricKind, _ help: String, _ labels: [(String, String)], make: () -> Instrument
  ) -> Instrument {
    let name = PrometheusName.metric(name)
    let key = LabelSet(labels)
    return families.withLock { families in
      var family = families[name] ?? MetricFamily(name: name, kind: kind, help: help)
      guard family.kind == kind else { return make() }
      if let known = family.series[key] { return known }
      let made = make()
      guard family.series.count < Self.maximumSeries else { return made }
      family.series[key] = made
      families[name] = family
      return made
    }
  }

  /// All metrics in the text exposition format, version 0.0.4, sorted by name.
  package func exposition() -> [UInt8] {
    var all = families.withLock { Array($0.values) }.map(\.snapshot)
    for collector in collectors.withLock({ $0 }) { all += collector().map(MetricSnapshot.init(sample:)) }
    var text = ExpositionText()
    for snapshot in all.sorted(by: { $0.name < $1.name }) { text.append(snapshot) }
    return text.bytes
  }
}
