import HTTP
import HTTPClient
import Runtime
import TestSupport
import Testing
import Transport

@testable import Service

/// The listener of `PROBE_PORT`.
@Suite struct ProbeListenerTests {
  @Test func `probes and metrics have a listener of their own, and the public port shows no metrics`()
    async throws
  {
    try await ServiceUnderTest.with(variables: ["PROBE_PORT": "0"]) { service in
      let base = "http://\(try #require(service.running.probes).address)"
      for path in ["/livez", "/readyz", "/metrics"] {
        let answer = try await HTTPClient.send(.get, base + path, timeoutMilliseconds: Patience.milliseconds)
        #expect(answer.status == .ok, "\(path)")
      }
      let metrics = try await HTTPClient.send(
        .get, base + "/metrics", timeoutMilliseconds: Patience.milliseconds)
      let text = String(decoding: metrics.body, as: UTF8.self)
      #expect(text.contains("http_requests_total{method=\"GET\",route=\"/readyz\",status=\"200\"}"))
      #expect(text.contains("http_connections_open"))
      #expect(
        try await HTTPClient.send(.get, base + "/v1/whoami", timeoutMilliseconds: Patience.milliseconds)
          .status == .notFound)
      #expect(try await service.get("/metrics").status == .notFound)
      for path in ["/livez", "/readyz"] { #expect(try await service.get(path).status == .ok) }
    }
  }

  @Test
  func `clients of one address that read nothing leave probes and a scraper their answers, and are reported`()
    async throws
  {
    try await ServiceUnderTest.with(variables: ["PROBE_PORT": "0"]) { service in
      let address = try #require(service.running.probes).address
      let requests = Array(String(repeating: "GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n", count: 60).utf8)
      let deaf = try (0..<200).map { _ in
        let socket = try Socket.open(for: address)
        try socket.set(.receiveBufferBytes(2_048))
        _ = try socket.connect(to: address)
        _ = try? requests.withUnsafeBytes { try socket.write($0) }
        return socket
      }
      defer { for socket in deaf { socket.close() } }
      for path in ["/livez", "/readyz", "/metrics"] {
        #expect(
          try await HTTPClient.send(
            .get, "http://\(address)\(path)", timeoutMilliseconds: Patience.milliseconds
          ).status == .ok, "\(path)")
      }
      try await eventually("the line") {
        service.log.all.contains {
          $0.contains("connections at their limit") && $0.contains(#""listener":"PROBE_PORT""#)
        }
      }
      try await eventually("the metric") {
        let metrics = try await HTTPClient.send(
          .get, "http://\(address)/metrics", timeoutMilliseconds: Patience.milliseconds)
        let text = String(decoding: metrics.body, as: UTF8.self)
        return text.contains("http_connections_gave_way_total ")
          && !text.contains("http_connections_gave_way_total 0")
      }
    }
  }

  @Test func `measurements are read once a second, however many ask`() async throws {
    try await ServiceUnderTest.with { service in
      try await eventually("two equal expositions") {
        let first = try await service.get("/metrics").body
        return try await service.get("/metrics").body == first
      }
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
      try await HTTPClient.send(.get, base + "/readyz", timeoutMilliseconds: Patience.milliseconds).status
        == .serviceUnavailable
    }
    #expect(
      try await HTTPClient.send(.get, base + "/livez", timeoutMilliseconds: Patience.milliseconds).status
        == .ok)
    #expect(await stopped)
    await #expect(throws: (any Error).self) { try await HTTPClient.send(.get, base + "/livez") }
  }
}
