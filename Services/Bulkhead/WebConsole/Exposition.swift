/// Sums over the samples of a member's `/metrics` (Prometheus text format).
struct Exposition: Sendable {
  private struct Sample {
    let name: Substring
    let labels: Substring
    let value: Double
  }

  /// Beyond this, a value is no count of ours: the port may be another program's.
  private static let largestValue = 1e12

  private let samples: [Sample]

  /// Reads the samples, and ignores every other line.
  init(_ text: String) {
    samples = text.split(separator: "\n").compactMap { line in
      guard line.first != "#", let space = line.lastIndex(of: " "),
        let value = Double(line[line.index(after: space)...]), value.magnitude < Self.largestValue
      else { return nil }
      let series = line[..<space]
      let name = series.prefix { $0 != "{" }
      return Sample(name: name, labels: series.dropFirst(name.count), value: value)
    }
  }

  /// The sum of a metric over its samples whose labels `isCounted` accepts. Nil without such a sample.
  func sum(_ name: String, where isCounted: (_ labels: Substring) -> Bool = { _ in true }) -> Int? {
    let counted = samples.filter { $0.name == name && isCounted($0.labels) }
    return counted.isEmpty ? nil : counted.reduce(0) { $0 + Int($1.value) }
  }

  /// The sums of a metric by the value of one label.
  func sums(_ name: String, by label: String) -> [String: Int] {
    var sums: [String: Int] = [:]
    for sample in samples where sample.name == name {
      guard let start = sample.labels.firstRange(of: "\(label)=\"")?.upperBound else { continue }
      sums[String(sample.labels[start...].prefix { $0 != "\"" }), default: 0] += Int(sample.value)
    }
    return sums
  }
}
