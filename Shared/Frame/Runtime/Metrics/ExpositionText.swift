/// Writes metrics in Prometheus' text exposition format, version 0.0.4
/// (prometheus.io/docs/instrumenting/exposition_formats).
struct ExpositionText {
  private(set) var bytes: [UInt8] = []

  /// The content type of a response with this text.
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  mutating func append(_ metric: MetricSnapshot) {
    if !metric.help.isEmpty { add("# HELP \(metric.name) \(Self.escaped(metric.help, quotes: false))\n") }
    add("# TYPE \(metric.name) \(metric.kind.rawValue)\n")
    for (labels, reading) in metric.series { append(metric.name, labels, reading) }
  }

  private mutating func append(_ name: String, _ labels: LabelSet, _ reading: MetricSnapshot.Reading) {
    let pairs = labels.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
    switch reading {
    case .number(let value): line(name, pairs, Self.number(value))
    case .histogram(let bounds, let counts, let sum):
      for (bound, count) in zip(bounds.map(Self.number) + ["+Inf"], counts) {
        line("\(name)_bucket", pairs + ["le=\"\(bound)\""], "\(count)")
      }
      line("\(name)_sum", pairs, Self.number(sum))
      line("\(name)_count", pairs, "\(counts.last ?? 0)")
    }
  }

  private mutating func line(_ name: String, _ pairs: [String], _ value: String) {
    add(pairs.isEmpty ? "\(name) \(value)\n" : "\(name){\(pairs.joined(separator: ","))} \(value)\n")
  }

  private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Formats a number: whole ones without a fraction, infinities and NaN as Go spells them, others as Swift prints
  /// them.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int64(exactly: value).map(String.init) ?? "\(value)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension MetricRegistry {
  /// The content type of a response with ``exposition()``.
  package static let contentType = ExpositionText.contentType
}

/// Names that Prometheus allows. Any other character becomes an underscore.
enum PrometheusName {
  static func metric(_ name: String) -> String { cleaned(name, allowingColon: true) }
  static func label(_ name: String) -> String { cleaned(name, allowingColon: false) }

  private static func cleaned(_ name: String, allowingColon: Bool) -> String {
    let cleaned = String(
      name.unicodeScalars.map { scalar -> Character in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": Character(scalar)
        case ":" where allowingColon: ":"
        default: "_"
        }
      })
    guard let first = cleaned.first, !first.isNumber else { return "_\(cleaned)" }
    return cleaned
  }
}
