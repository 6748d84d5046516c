import Foundation
import JSON
import TestSupport
import Testing

/// The database or the cache is killed and restarted while clients send requests.
@Suite(.serialized) struct FaultTests {
  @Test func `readiness follows a killed database, and no acknowledged write is lost`() async throws {
    let fleet = try await FleetUnderTest.start(.servers, durable: true)
    do {
      let servers = try #require(fleet.deployment.servers)
      let api = fleet.api.with(token: try await fleet.member().token)
      let writer = Writer(client: api)
      let writing = Task { try await writer.run() }
      let begun = await eventually(withinMilliseconds: 30_000) { writer.count >= 10 }
      #expect(begun)
      try await servers.kill("postgresql")
      #expect(try await Self.readiness(of: fleet.api, becomes: 503, within: 10))
      #expect(try await fleet.api.send(.get, "/livez").status == 200)
      try await servers.restart("postgresql")
      #expect(try await Self.readiness(of: fleet.api, becomes: 200, within: 30))
      let before = writer.count
      let resumed = await eventually(withinMilliseconds: 30_000) { writer.count >= before + 10 }
      #expect(resumed)
      writer.stop()
      let report = try await writing.value
      #expect(report.unexpected.isEmpty, "\(report.unexpected), \(fleet.errors(of: "backend-api"))")
      for (name, value) in report.acknowledged {
        let read = try await api.send(.get, "/v1/settings/\(name)")
        #expect(read.status == 200, "\(name) was acknowledged and is lost")
        #expect(read.json["value"]?.integer == value)
      }
    } catch {
      await fleet.stop()
      throw error
    }
    await fleet.stop()
  }

  @Test func `a killed cache fails no request, and readiness reports it until it returns`() async throws {
    let fleet = try await FleetUnderTest.start(.servers)
    do {
      let servers = try #require(fleet.deployment.servers)
      let person = try await fleet.member()
      let reader = fleet.analytics.with(token: try await fleet.operatorToken())
      try await servers.kill("redis")
      for _ in 0..<20 {
        #expect(try await fleet.api.with(token: person.token).send(.get, "/v1/settings").status == 200)
        #expect(try await reader.send(.get, "/v1/reports/summary").status == 200)
      }
      _ = try await fleet.token(person.email)
      let lost = try await eventually(withinMilliseconds: 10_000) {
        let ready = try await fleet.api.send(.get, "/readyz")
        return ready.status == 200 && ready.json["checks"]?["cache"]?["status"]?.string == "unavailable"
      }
      #expect(lost)
      try await servers.restart("redis")
      let back = try await eventually(withinMilliseconds: 30_000) {
        Self.isAvailable("cache", in: try await fleet.api.send(.get, "/readyz").json)
      }
      #expect(back)
    } catch {
      await fleet.stop()
      throw error
    }
    await fleet.stop()
  }

  private static func isAvailable(_ component: String, in report: JSONValue) -> Bool {
    report["checks"]?[component]?["status"]?.string == "available"
  }

  private static func readiness(of client: Client, becomes status: Int, within seconds: Double) async throws
    -> Bool
  {
    try await eventually(withinMilliseconds: Int(seconds * 1_000)) {
      try await client.send(.get, "/readyz").status == status
    }
  }
}
