import Testing

@Suite struct DocumentedMetricsTests {
  @Test func `a metric is found in each form in which the code registers one`() {
    let source = #"""
      metrics.counter("mail_failures_total", help: "x"); registry.gauge(
        "cache_available", "y")
      MetricSample("process_open_fds", .gauge, help: "z"); .count(
        "http_tls_handshakes_total", 1, "w"); counter("done"); metrics.sum("database_rows_total")
      """#
    #expect(
      DocumentedMetrics.registered(in: source)
        == ["mail_failures_total", "cache_available", "process_open_fds", "http_tls_handshakes_total"])
  }

  @Test func `a metric on one side only is reported`() {
    let page = "| `a_total`, `b_bytes` | counter | `not_this` |\n| `c_total` | gauge |"
    let documented = DocumentedMetrics.documented(in: page)
    #expect(documented == ["a_total", "b_bytes", "c_total"])
    #expect(
      DocumentedMetrics.differences(registered: ["a_total", "b_bytes", "d_total"], documented: documented)
        == ["d_total is registered and not documented", "c_total is documented and not registered"])
  }

  @Test func `the page of metrics has every metric that a program registers, and no other`() throws {
    let checkout = Checkout.here
    let page = try #require(checkout.file("docs/metrics.md"))
    let registered = checkout.shipped.flatMap { DocumentedMetrics.registered(in: $0.text) }
    #expect(Set(registered).count > 30)
    #expect(
      DocumentedMetrics.differences(
        registered: registered, documented: DocumentedMetrics.documented(in: page.text)) == [])
  }
}
