import Foundation
import JSON
import TestSupport
import Testing

/// The database or the cache is killed and restarted while clients send requests.
@Suite(.serialized) struct FaultTests {
  @Test func `readiness follows a killed database, and no acknowledged write is lost`() async throws {
    try await FleetUnderTest.with(.servers, durable: true) { fleet in
      let servers = try #require(fleet.deployment.servers)
      let api = fleet.api.with(token: try await fleet.member().token)
      let writer = Writer(client: api)
      async let ended = writer.run()
      let begun = await eventually { writer.count >= 10 }
      #expect(begun)
      try await servers.kill("postgresql")
      #expect(try await Self.readiness(of: fleet.api, becomes: 503))
      #expect(try await fleet.api.send(.get, "/livez").status == 200)
      try await servers.restart("postgresql")
      #expect(try await Self.readiness(of: fleet.api, becomes: 200))
      let before = writer.count
      let resumed = await eventually { writer.count >= before + 10 }
      #expect(resumed)
      writer.stop()
      let report = try await ended
      #expect(report.unexpected.isEmpty, "\(report.unexpected), \(fleet.errors(of: "backend-api"))")
      for (name, value) in report.acknowledged {
        let read = try await api.send(.get, "/v1/settings/\(name)")
        #expect(read.status == 200, "\(name) was acknowledged and is lost")
        #expect(read.json["value"]?.integer == value)
      }
    }
  }

  @Test func `a killed cache fails no request, and readiness reports it until it returns`() async throws {
    try await FleetUnderTest.with(.servers) { fleet in
      let servers = try #require(fleet.deployment.servers)
      let person = try await fleet.member()
      let reader = fleet.analytics.with(token: try await fleet.operatorToken())
      try await servers.kill("redis")
      for _ in 0..<20 {
        #expect(try await fleet.api.with(token: person.token).send(.get, "/v1/settings").status == 200)
        #expect(try await reader.send(.get, "/v1/reports/summary").status == 200)
      }
      _ = try await fleet.token(person.email)
      let lost = try await eventually {
        let ready = try await fleet.api.send(.get, "/readyz")
        return ready.status == 200 && ready.json["checks"]?["cache"]?["status"]?.string == "unavailable"
      }
      #expect(lost)
      try await servers.restart("redis")
      let back = try await eventually {
        Self.isAvailable("cache", in: try await fleet.api.send(.get, "/readyz").json)
      }
      #expect(back)
    }
  }

  @Test(arguments: [
    (refusing: ["CONFIG", "SET", "maxmemory", "1"], serving: ["CONFIG", "SET", "maxmemory", "0"], "OOM"),
    (refusing: ["REPLICAOF", "127.0.0.1", "1"], serving: ["REPLICAOF", "NO", "ONE"], "READONLY"),
  ])
  func `a cache that takes no writes limits guesses all the same, and readiness reports why`(
    refusing: [String], serving: [String], code: String
  ) async throws {
    try await FleetUnderTest.with(.servers) { fleet in
      let cache = try await CacheAdministrator(of: fleet.deployment)
      let person = try await fleet.member()
      try await cache.run(refusing)
      var statuses: [Int] = []
      for _ in 0..<14 {
        statuses.append(
          try await fleet.api.send(
            .post, "/v1/sessions", ["email": .string(person.email), "password": "a wild guess"]
          ).status)
      }
      #expect(statuses == [Int](repeating: 401, count: 10) + [Int](repeating: 429, count: 4))
      let named = try await eventually {
        let ready = try await fleet.api.send(.get, "/readyz")
        let check = ready.json["checks"]?["cache"]
        return ready.status == 200 && check?["status"]?.string == "unavailable"
          && check?["detail"]?.string?.contains(code) == true
      }
      #expect(named)
      #expect(Self.isAvailable("cache", in: try await fleet.analytics.send(.get, "/readyz").json))
      try await cache.run(serving)
      let back = try await eventually {
        Self.isAvailable("cache", in: try await fleet.api.send(.get, "/readyz").json)
      }
      #expect(back)
    }
  }

  private static func isAvailable(_ component: String, in report: JSONValue) -> Bool {
    report["checks"]?[component]?["status"]?.string == "available"
  }

  private static func readiness(of client: Client, becomes status: Int) async throws -> Bool {
    try await eventually { try await client.send(.get, "/readyz").status == status }
  }
}
