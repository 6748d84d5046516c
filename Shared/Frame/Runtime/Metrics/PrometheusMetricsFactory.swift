import CoreMetrics

/// Connects swift-metrics to a ``MetricRegistry``.
///
/// Recorders with `aggregate` and timers become histograms. Timers count seconds, so their names should end in
/// `_seconds`. Destroyed handles stay in the exposition, because Prometheus expects counters to persist.
package struct PrometheusMetricsFactory: MetricsFactory {
  private let registry: MetricRegistry

  /// Creates a factory for ``MetricsSystem/bootstrap(_:)``.
  package init(registry: MetricRegistry) {
    self.registry = registry
  }

  /// Makes the registry the back end of swift-metrics for the whole process. Only a program calls it, and only once.
  package static func install(_ registry: MetricRegistry) {
    MetricsSystem.bootstrap(PrometheusMetricsFactory(registry: registry))
  }

  /// Creates a counter of whole numbers.
  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    CounterBridge(counter: registry.counter(label, labels: dimensions))
  }

  /// Creates a counter of fractions.
  package func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    CounterBridge(counter: registry.counter(label, labels: dimensions))
  }

  /// Creates a gauge that callers can set, raise and lower.
  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    GaugeBridge(gauge: registry.gauge(label, labels: dimensions))
  }

  /// Creates a gauge of the last value, or a histogram of all values.
  package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool)
    -> any RecorderHandler
  {
    aggregate
      ? HistogramBridge(histogram: registry.histogram(label, bounds: Self.valueBounds, labels: dimensions))
      : GaugeBridge(gauge: registry.gauge(label, labels: dimensions))
  }

  /// Creates a histogram of seconds.
  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    HistogramBridge(histogram: registry.histogram(label, labels: dimensions))
  }

  /// Does nothing: the counter keeps its value.
  package func destroyCounter(_ handler: any CounterHandler) {}
  /// Does nothing: the counter keeps its value.
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  /// Does nothing: the metric keeps its values.
  package func destroyMeter(_ handler: any MeterHandler) {}
  /// Does nothing: the metric keeps its values.
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  /// Does nothing: the metric keeps its values.
  package func destroyTimer(_ handler: any TimerHandler) {}

  /// The bounds of values other than durations: powers of four up to about 67 million.
  private static let valueBounds = (0...13).map { Double(1 << (2 * $0)) }
}

private final class CounterBridge: CounterHandler, FloatingPointCounterHandler {
  private let counter: CounterInstrument

  init(counter: CounterInstrument) { self.counter = counter }

  func increment(by amount: Int64) { counter.increment(by: amount) }
  func increment(by amount: Double) { counter.increment(by: amount) }
  func reset() { counter.reset() }
}

private final class GaugeBridge: MeterHandler, RecorderHandler {
  private let gauge: GaugeInstrument

  init(gauge: GaugeInstrument) { self.gauge = gauge }

  func set(_ value: Int64) { gauge.set(Double(value)) }
  func set(_ value: Double) { gauge.set(value) }
  func increment(by amount: Double) { gauge.add(amount) }
  func decrement(by amount: Double) { gauge.add(-amount) }
  func record(_ value: Int64) { gauge.set(Double(value)) }
  func record(_ value: Double) { gauge.set(value) }
}

private final class HistogramBridge: RecorderHandler, TimerHandler {
  private let histogram: HistogramInstrument

  init(histogram: HistogramInstrument) { self.histogram = histogram }

  func record(_ value: Int64) { histogram.observe(Double(value)) }
  func record(_ value: Double) { histogram.observe(value) }
  func recordNanoseconds(_ duration: Int64) { histogram.observe(Double(duration) / 1e9) }
}
