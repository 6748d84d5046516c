/// The instrument of a series.
enum Instrument: Sendable {
  case counter(CounterInstrument)
  case gauge(GaugeInstrument)
  case histogram(HistogramInstrument)
}

/// The labels of one series. Their order does not matter.
struct LabelSet: Sendable, Hashable {
  struct Label: Sendable, Hashable {
    let name: String
    let value: String
  }

  let labels: [Label]

  init(_ pairs: [(String, String)]) {
    labels = pairs.map { Label(name: PrometheusName.label($0.0), value: $0.1) }.sorted { $0.name < $1.name }
  }
}

/// The series of one metric name.
struct MetricFamily: Sendable {
  let name: String
  let kind: MetricKind
  let help: String
  var series: [LabelSet: Instrument] = [:]

  /// The current values. Series are sorted by their labels, so that two scrapes can be compared line by line.
  var snapshot: MetricSnapshot {
    let sorted = series.sorted { one, other in
      one.key.labels.lexicographicallyPrecedes(other.key.labels) { ($0.name, $0.value) < ($1.name, $1.value) }
    }
    return MetricSnapshot(
      name: name, kind: kind, help: help, series: sorted.map { ($0.key, $0.value.reading) })
  }
}

/// The values of one metric name at one moment.
struct MetricSnapshot {
  enum Reading {
    case number(Double)
    case histogram(bounds: [Double], cumulativeCounts: [Int64], sum: Double)
  }

  let name: String
  let kind: MetricKind
  let help: String
  let series: [(labels: LabelSet, reading: Reading)]
}

/// One value that a collector reads at a scrape.
package struct MetricSample: Sendable {
  let name: String
  let kind: MetricKind
  let help: String
  let value: Double

  /// Creates a sample of a counter or a gauge without labels.
  package init(_ name: String, _ kind: MetricKind, help: String, value: Double) {
    self.name = name
    self.kind = kind
    self.help = help
    self.value = value
  }
}

extension MetricSnapshot {
  init(sample: MetricSample) {
    self.init(
      name: PrometheusName.metric(sample.name), kind: sample.kind, help: sample.help,
      series: [(LabelSet([]), .number(sample.value))])
  }
}

extension Instrument {
  fileprivate var reading: MetricSnapshot.Reading {
    switch self {
    case .counter(let counter): return .number(counter.value)
    case .gauge(let gauge): return .number(gauge.value)
    case .histogram(let histogram):
      let (counts, sum) = histogram.snapshot
      return .histogram(bounds: histogram.bounds, cumulativeCounts: counts, sum: sum)
    }
  }
}
