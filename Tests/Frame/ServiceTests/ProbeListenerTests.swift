import HTTP
import HTTPClient
import Runtime
import TestSupport
import Testing

@testable import Service

/// The listener of `PROBE_PORT`.
@Suite struct ProbeListenerTests {
  @Test func `probes and metrics have a listener of their own, and the public port shows no metrics`()
    async throws
  {
    try await ServiceUnderTest.with(variables: ["PROBE_PORT": "0"]) { service in
      let base = "http://\(try #require(service.running.probes).address)"
      for path in ["/livez", "/readyz", "/metrics"] {
        let answer = try await HTTPClient.send(.get, base + path)
        #expect(answer.status == .ok, "\(path)")
      }
      let metrics = try await HTTPClient.send(.get, base + "/metrics")
      let text = String(decoding: metrics.body, as: UTF8.self)
      #expect(text.contains("http_requests_total{method=\"GET\",route=\"/readyz\",status=\"200\"}"))
      #expect(text.contains("http_connections_open"))
      #expect(try await HTTPClient.send(.get, base + "/v1/whoami").status == .notFound)
      #expect(try await service.get("/metrics").status == .notFound)
      for path in ["/livez", "/readyz"] { #expect(try await service.get(path).status == .ok) }
    }
  }

  @Test func `without PROBE_PORT the public port shows metrics`() async throws {
    try await ServiceUnderTest.with { service in
      let metrics = try await service.get("/metrics")
      #expect(metrics.status == .ok && service.running.probes == nil)
    }
  }

  @Test func `during a stop the probes answer until the pools are closed`() async throws {
    let service = try await ServiceUnderTest.start(variables: ["PROBE_PORT": "0", "SHUTDOWN_DELAY": "1"])
    let base = "http://\(try #require(service.running.probes).address)"
    async let stopped = service.running.stop()
    try await eventually("readiness off") {
      try await HTTPClient.send(.get, base + "/readyz").status == .serviceUnavailable
    }
    #expect(try await HTTPClient.send(.get, base + "/livez").status == .ok)
    #expect(await stopped)
    await #expect(throws: (any Error).self) { try await HTTPClient.send(.get, base + "/livez") }
  }
}
