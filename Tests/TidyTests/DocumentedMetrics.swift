/// The metrics of the programs, as the code registers them and as docs/metrics.md lists them.
enum DocumentedMetrics {
  /// The names that a source registers: `metrics.counter("mail_failures_total", ...)`, and those of samples.
  static func registered(in source: String) -> [String] {
    let pattern =
      #/[^A-Za-z](?:counter|gauge|histogram|count|MetricSample)\(\s*"(?<name>[a-z]+(?:_[a-z]+)+)"/#
    return source.matches(of: pattern).map { String($0.name) }
  }

  /// The names in the first column of the page's tables.
  static func documented(in page: String) -> [String] {
    page.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { row -> [String] in
      let cell = row.split(separator: "|").first ?? ""
      let parts = cell.split(separator: "`", omittingEmptySubsequences: false)
      return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }
  }

  /// Names that one side has and the other lacks.
  static func differences(registered: [String], documented: [String]) -> [String] {
    Set(registered).subtracting(documented).sorted().map { "\($0) is registered and not documented" }
      + Set(documented).subtracting(registered).sorted().map { "\($0) is documented and not registered" }
  }
}
