import Testing

@testable import Runtime

@Suite struct MetricRegistryTests {
  private let registry = MetricRegistry()
  private var text: String { String(decoding: registry.exposition(), as: UTF8.self) }

  @Test func `the exposition of a counter has help, type, labels and value`() {
    registry.counter("requests_total", help: "Requests\nanswered.", labels: [("b", "2"), ("a", "1")])
      .increment(by: Int64(3))
    #expect(
      text == """
        # HELP requests_total Requests\\nanswered.
        # TYPE requests_total counter
        requests_total{a="1",b="2"} 3

        """)
  }

  @Test func `labels are escaped, and invalid characters of names are replaced`() {
    registry.gauge("my.gauge-1", labels: [("my.label", "a\"b\\c\nd")]).set(1.5)
    #expect(text.contains(#"my_gauge_1{my_label="a\"b\\c\nd"} 1.5"#))
    registry.gauge("1st").set(-2)
    #expect(text.contains("_1st -2\n"))
  }

  @Test func `a histogram counts cumulatively up to infinity`() {
    let histogram = registry.histogram("h", bounds: [0.1, 1], labels: [("l", "v")])
    for value in [0.05, 0.1, 0.5, 2] { histogram.observe(value) }
    #expect(
      text == """
        # TYPE h histogram
        h_bucket{l="v",le="0.1"} 2
        h_bucket{l="v",le="1"} 3
        h_bucket{l="v",le="+Inf"} 4
        h_sum{l="v"} 2.65
        h_count{l="v"} 4

        """)
  }

  @Test func `the same name and labels are the same handle, in any order`() {
    registry.counter("c", labels: [("a", "1"), ("b", "2")]).increment(by: Int64(1))
    registry.counter("c", labels: [("b", "2"), ("a", "1")]).increment(by: Int64(1))
    #expect(text.contains(#"c{a="1",b="2"} 2"#))
  }

  @Test func `a name of another kind gets a handle that is not exposed`() {
    registry.counter("c").increment(by: Int64(1))
    registry.gauge("c").set(5)
    #expect(text == "# TYPE c counter\nc 1\n")
  }

  @Test func `label sets beyond the limit are not exposed`() {
    for number in 0..<(MetricRegistry.maximumSeries + 10) {
      registry.counter("c", labels: [("n", "\(number)")]).increment(by: Int64(1))
    }
    #expect(text.split(separator: "\n").count == MetricRegistry.maximumSeries + 1)
  }

  @Test func `the exposition adds the shares of an instrument`() {
    let counter = registry.counter("c")
    let histogram = registry.histogram("h", bounds: [1])
    for counter in [counter, counter.share(), counter.share()] { counter.increment(by: Int64(2)) }
    for histogram in [histogram, histogram.share()] {
      histogram.observe(0.5)
      histogram.observe(2)
    }
    #expect(text.contains("c 6\n"))
    #expect(text.contains("h_bucket{le=\"1\"} 2\n") && text.contains("h_bucket{le=\"+Inf\"} 4\n"))
    #expect(text.contains("h_sum 5\n") && text.contains("h_count 4\n"))
  }

  @Test func `no event is lost when several threads count`() async {
    let counter = registry.counter("c")
    let histogram = registry.histogram("h", bounds: [1])
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1000 {
            counter.increment(by: Int64(1))
            histogram.observe(0.5)
          }
        }
      }
    }
    #expect(text.contains("c 8000\n"))
    #expect(text.contains("h_sum 4000\n") && text.contains("h_count 8000\n"))
  }

  @Test(
    arguments: [
      (1, "1"), (-0.5, "-0.5"), (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (1e300, "1e+300"),
    ] as [(Double, String)])
  func `numbers have Prometheus' format`(value: Double, text: String) {
    #expect(ExpositionText.number(value) == text)
  }

  @Test func `the process metrics have memory, time, files and start`() {
    registry.collect(ProcessMetrics.samples)
    for name in [
      "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
      "process_start_time_seconds",
    ] {
      #expect(text.contains("\n\(name) ") || text.hasPrefix("\(name) "))
    }
  }

  @Test func `a command's name with spaces and parentheses does not shift the fields`() throws {
    let fields = (3...52).map { "\($0)" }.joined(separator: " ")
    // An optional compared with a sum of literals would go through `AnyHashable`, where this compiler reserves one byte too
    // few for the optional.
    let stat = try #require(ProcessStat("42 (a ) b) c) \(fields)"))
    #expect(stat.processorTicks == 14 + 15)
    #expect(stat.startTicks == 22)
    #expect(stat.residentPages == 24)
    #expect(ProcessStat("42 (a) S 1 2") == nil)
    #expect(ProcessMetrics.bootSeconds("cpu 1 2\nbtime 1700000000\n") == 1_700_000_000)
  }
}
