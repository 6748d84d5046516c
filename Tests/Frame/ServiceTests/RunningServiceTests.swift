import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Runtime
import TestSupport
import Testing
import Transport

@testable import Service

@Suite struct RunningServiceTests {
  @Test func `every service reports its liveness, its readiness and each component`() async throws {
    try await ServiceUnderTest.with { service in
      #expect(try await service.get("/livez").status == .ok)
      let ready = try await service.get("/readyz")
      #expect(ready.status == .ok)
      let body = try JSONCoding.decode(JSONValue.self, from: ready.body)
      #expect(body["status"]?.string == "ready")
      for name in ["database", "schema", "cache"] {
        #expect(body["checks"]?[name]?["status"]?.string == "available")
      }
    }
  }

  @Test func `readiness turns off when the database is lost, and on when it is back`() async throws {
    try await ServiceUnderTest.with { service in
      #expect(try await service.get("/readyz").status == .ok)
      service.database.lose()
      try await eventually("readiness off") { try await service.get("/readyz").status == .serviceUnavailable }
      let body = try await service.json("/readyz")
      #expect(body["status"]?.string == "unavailable")
      #expect(body["checks"]?["database"]?["status"]?.string == "unavailable")
      #expect(body["checks"]?["cache"]?["status"]?.string == "available")
      #expect(try await service.get("/livez").status == .ok)
      service.database.comeBack()
      try await eventually("readiness on") { try await service.get("/readyz").status == .ok }
    }
  }

  @Test
  func `readiness turns off while the server keeps the check's connection and refuses those of the pools`()
    async throws
  {
    try await ServiceUnderTest.with { service in
      #expect(try await service.get("/readyz").status == .ok)
      // One connection is the check's, and each of the two loops has one.
      #expect(service.database.state.withLock { $0.connections.count } == 3)
      service.database.keepOnly(1)
      try await eventually("readiness off") { try await service.get("/readyz").status == .serviceUnavailable }
      let database = try await service.json("/readyz")["checks"]?["database"]
      let reason = try #require(database?["detail"]?.string)
      #expect(reason.hasPrefix("2 of 2 pools have no connection: the database accepts no more connections"))
      service.database.set { $0.limit = .max }
      try await eventually("readiness on") { try await service.get("/readyz").status == .ok }
    }
  }

  @Test func `readiness stays on, and names the shortage, while one pool of two has a connection`()
    async throws
  {
    try await ServiceUnderTest.with { service in
      #expect(try await service.json("/readyz")["status"]?.string == "ready")
      service.database.keepOnly(2)
      try await eventually("the shortage is named") {
        try await service.json("/readyz")["status"]?.string == "degraded"
      }
      #expect(try await service.get("/readyz").status == .ok)
      let database = try await service.json("/readyz")["checks"]?["database"]
      #expect(database?["detail"]?.string?.hasPrefix("1 of 2 pools have no connection") == true)
    }
  }

  @Test func `a request that takes longer than its setting is ended and answered`() async throws {
    try await ServiceUnderTest.with(variables: ["HTTP_REQUEST_TIMEOUT": "1"]) { service in
      // Without the setting the answer would come after 20 s, which is later than this client waits.
      let answer = try await service.get("/v1/cancellable")
      #expect(answer.status == .serviceUnavailable)
      #expect(answer.headers["Retry-After"] == "1")
    }
  }

  @Test func `a statement may take as long as its request, and at least the default`() {
    for (request, statement) in [(60, 60_000), (5, PoolConfiguration(size: 1).statementTimeoutMilliseconds)] {
      let listener = ListenerSettings(host: "127.0.0.1", port: 0, requestTimeoutSeconds: request)
      #expect(PoolConfiguration(size: 1, serving: listener).statementTimeoutMilliseconds == statement)
    }
  }

  @Test func `a lost cache is named, and the service stays ready`() async throws {
    let nowhere = [
      "CACHE_TYPE": "redis", "CACHE_HOST": "127.0.0.1", "CACHE_PORT": "1", "CACHE_USER": "a",
      "CACHE_PASS": "b",
    ]
    try await ServiceUnderTest.with(variables: nowhere) { service in
      let ready = try await service.get("/readyz")
      #expect(ready.status == .ok)
      let body = try JSONCoding.decode(JSONValue.self, from: ready.body)
      #expect(body["status"]?.string == "degraded")
      #expect(body["checks"]?["cache"]?["status"]?.string == "unavailable")
      #expect(body["checks"]?["database"]?["status"]?.string == "available")
      let metrics = String(decoding: try await service.get("/metrics").body, as: UTF8.self)
      #expect(
        metrics.contains("\ncache_available{loop=") && !metrics.contains(#"cache_available{loop="0"} 1"#))
      let lost = metrics.split(separator: "\n").first {
        $0.hasPrefix(#"cache_commands_failed_total{kind="lost"}"#)
      }
      #expect(lost.map { !$0.hasSuffix(" 0") } == true)
    }
  }

  @Test(arguments: [(-1, Status.serviceUnavailable), (1, .ok)])
  func `a schema that is behind turns readiness off, a newer one does not`(
    step: Int, status: Status
  ) async throws {
    try await ServiceUnderTest.with { service in
      service.database.set {
        $0.version = ($0.version ?? 0) + step
        $0.oldestProgram = $0.version
      }
      try await eventually("the schema is named") {
        try await service.json("/readyz")["checks"]?["schema"]?["status"]?.string == "unavailable"
      }
      #expect(try await service.get("/readyz").status == status)
    }
  }

  @Test
  func `a newer compatible schema is available, and readiness reports its version`()
    async throws
  {
    try await ServiceUnderTest.with { service in
      service.database.set { $0.version = ($0.version ?? 0) + 1 }
      try await eventually("the schema is reported") {
        try await service.json("/readyz")["checks"]?["schema"]?["detail"]?.string?.contains("ahead") == true
      }
      let body = try await service.json("/readyz")
      #expect(body["status"]?.string == "ready")
      #expect(body["checks"]?["schema"]?["status"]?.string == "available")
      #expect(body["checks"]?["database"]?["detail"] == nil)
    }
  }

  @Test
  func `a locked record of migrations keeps the last known schema, and is reported until it is read again`()
    async throws
  {
    try await ServiceUnderTest.with { service in
      try await eventually("ready") { try await service.json("/readyz")["status"]?.string == "ready" }
      service.database.set { $0.recordIsLocked = true }
      try await eventually("the lock is named") {
        try await service.json("/readyz")["checks"]?["schema"]?["detail"]?.string?.contains("locked or slow")
          == true
      }
      // Longer than a statement may take: the check's connection serves the next probes too.
      for _ in 0..<4 {
        let ready = try await service.get("/readyz")
        let body = try JSONCoding.decode(JSONValue.self, from: ready.body)
        #expect(ready.status == .ok && body["status"]?.string == "degraded")
        #expect(body["checks"]?["database"]?["status"]?.string == "available")
        try await Task.sleep(for: .milliseconds(1_100))
      }
      #expect(service.log.all.count { $0.contains("schema version not read") } == 1)
      // What is known to be wrong counts, with the lock and without it.
      service.database.set {
        $0.recordIsLocked = false
        $0.version = 1
      }
      try await eventually("readiness off") { try await service.get("/readyz").status == .serviceUnavailable }
      #expect(service.log.all.count { $0.contains("schema version read again") } == 1)
      service.database.set { $0.recordIsLocked = true }
      try await eventually("the lock is named") {
        try await service.json("/readyz")["checks"]?["schema"]?["detail"]?.string?.contains("locked or slow")
          == true
      }
      #expect(try await service.get("/readyz").status == .serviceUnavailable)
    }
  }

  @Test func `a lost database turns readiness off while the record of migrations is locked`() async throws {
    try await ServiceUnderTest.with { service in
      try await eventually("ready") { try await service.get("/readyz").status == .ok }
      service.database.set { $0.recordIsLocked = true }
      try await eventually("the lock is named") {
        try await service.json("/readyz")["status"]?.string == "degraded"
      }
      service.database.lose()
      try await eventually("readiness off") { try await service.get("/readyz").status == .serviceUnavailable }
    }
  }

  @Test func `a running service stays ready, and reports it, when an older tool has replaced the record`()
    async throws
  {
    try await ServiceUnderTest.with { service in
      service.database.set { $0.oldestProgram = nil }
      try await eventually("the schema is named") {
        try await service.json("/readyz")["checks"]?["schema"]?["status"]?.string == "unavailable"
      }
      #expect(try await service.get("/readyz").status == .ok)
      #expect(try await service.json("/readyz")["status"]?.string == "degraded")
    }
  }

  @Test func `metrics count requests by route template and show the process and the pools`() async throws {
    try await ServiceUnderTest.with { service in
      for id in 1...3 { _ = try await service.get("/v1/things/\(id)") }
      _ = try await service.get("/v1/nowhere")
      let response = try await service.get("/metrics")
      #expect(response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
      let text = String(decoding: response.body, as: UTF8.self)
      #expect(text.contains(#"http_requests_total{method="GET",route="/v1/things/{id}",status="204"} 3"#))
      #expect(text.contains(#"http_requests_total{method="GET",route="unmatched",status="404"} 1"#))
      #expect(text.contains(#"http_request_duration_seconds_count{method="GET",route="/v1/things/{id}"} 3"#))
      #expect(text.contains("http_connections_paused 0"))
      #expect(text.contains("http_request_wait_seconds_count"))
      #expect(text.contains("process_resident_memory_bytes "))
      #expect(text.contains("database_connections_open{loop="))
    }
  }

  @Test func `the API document describes every route, itself included`() async throws {
    try await ServiceUnderTest.with { service in
      let paths = try #require(try await service.json("/openapi.json")["paths"])
      for path in ["/livez", "/readyz", "/metrics", "/openapi.json", "/v1/whoami", "/v1/things/{id}"] {
        #expect(paths[path] != nil, "\(path)")
      }
    }
  }

  @Test func `whoami names the service and its accounts to a signed-in user`() async throws {
    try await ServiceUnderTest.with { service in
      #expect(try await service.get("/v1/whoami").status == .unauthorized)
      let body = try await service.json("/v1/whoami", token: service.token())
      #expect(body["service"]?.string == "stand-in")
      #expect(body["version"]?.string == ServiceVersion.current)
      #expect(body["database_account"]?.string == "stand-in")
      #expect(body["cache_account"]?.string == "stand-in-cache")
      #expect(body["engine"]?.string == "sqlite")
    }
  }

  @Test func `a token is valid until its session is revoked`() async throws {
    try await ServiceUnderTest.with { service in
      let token = try service.token(user: 42, session: 5)
      #expect(try await service.get("/v1/mine", token: token).body == Array("42".utf8))
      service.definition.revoked.insert(5)
      #expect(try await service.get("/v1/mine", token: token).status == .unauthorized)
      #expect(try await service.get("/v1/mine", token: token + "x").status == .unauthorized)
    }
  }

  @Test func `a denied permission is an internal error to the client and is logged in full`() async throws {
    try await ServiceUnderTest.with { service in
      let response = try await service.get("/v1/denied")
      #expect(response.status == .internalServerError)
      #expect(response.headers["Content-Type"] == "application/problem+json")
      let text = String(decoding: response.body, as: UTF8.self)
      for word in ["users", "email", "stand-in", "secret", "42501"] { #expect(!text.contains(word)) }
      let line = try #require(service.log.first(containing: "permission denied by the database"))
      for word in [#""table":"users""#, #""column":"email""#, #""verb":"select""#, #""account":"stand-in""#] {
        #expect(line.contains(word))
      }
    }
  }

  @Test func `each request writes one access line with its template and id`() async throws {
    try await ServiceUnderTest.with { service in
      let response = try await service.get("/v1/things/12345")
      let id = try #require(response.headers["X-Request-Id"])
      try await eventually("the access line") { service.log.first(containing: id) != nil }
      let line = try #require(service.log.first(containing: id))
      #expect(line.contains(#""route":"/v1/things/{id}","status":204"#))
      #expect(line.contains(#""path":"/v1/things/12345""#))
    }
  }

  @Test func `a request that the server cannot read is logged and counted`() async throws {
    try await ServiceUnderTest.with { service in
      let long = String(repeating: "x", count: 20_000)
      #expect(try await service.get("/livez", token: long).status == .headerFieldsTooLarge)
      try await eventually("the line") {
        service.log.first(containing: #""route":"refused","status":431"#) != nil
      }
      let metrics = String(decoding: try await service.get("/metrics").body, as: UTF8.self)
      #expect(metrics.contains(#"http_requests_total{method="OTHER",route="refused",status="431"} 1"#))
    }
  }

  @Test func `refused connections are summed up in one log line and counted in a metric`() async throws {
    try await ServiceUnderTest.with(variables: ["HTTP_MAX_CONNECTIONS_PER_ADDRESS": "1"]) { service in
      let held = try Socket.open(for: service.running.address)
      _ = try held.connect(to: service.running.address)
      try await eventually("refusals") { try await service.get("/v1/things/1").status == .serviceUnavailable }
      #expect(try await service.get("/livez").status == .ok)
      try await eventually("the line") { service.log.first(containing: "connections at their limit") != nil }
      let line = try #require(service.log.first(containing: "connections at their limit"))
      #expect(
        line.contains(#""open_by_address":"127.0.0.1 ("#) && line.contains(#""new_by_address":"127.0.0.1 ("#))
      held.close()
      try await eventually("the metric") {
        let metrics = String(decoding: try await service.get("/metrics").body, as: UTF8.self)
        return metrics.contains("http_connections_refused_total ")
          && !metrics.contains("http_connections_refused_total 0")
      }
    }
  }

  @Test func `above level info there are no access lines`() async throws {
    try await ServiceUnderTest.with(variables: ["LOG_LEVEL": "warning"]) { service in
      _ = try await service.get("/v1/things/1")
      #expect(service.log.first(containing: #""message":"request""#) == nil)
    }
  }
}
