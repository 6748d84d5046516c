import Foundation
import JSON
import TestSupport
import Testing

extension FleetTests {
  @Suite struct ReportTests {
    @Test(arguments: Engine.allCases)
    func `operators may read the reports and members may not`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let member = fleet.analytics.with(token: try await fleet.member().token)
      let reader = fleet.analytics.with(token: try await fleet.operatorToken())
      for path in ["/v1/reports/summary", "/v1/reports/daily?metric=events", "/v1/events"] {
        #expect(try await member.send(.get, path).status == 403)
        #expect(try await reader.send(.get, path).status == 200)
        #expect(try await fleet.analytics.send(.get, path).status == 401)
      }
      #expect(try await reader.send(.get, "/v1/reports/daily?metric=unknown").status == 400)
      #expect(try await reader.send(.get, "/v1/reports/daily?metric=events&from=2026-02-30").status == 400)
    }

    @Test(arguments: Engine.allCases)
    func `every sign-up has one event, and analytics reads it`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let reader = fleet.analytics.with(token: try await fleet.operatorToken())
      var subjects: [String] = []
      var path = "/v1/events?type=user.created&limit=100"
      while true {
        let page = try await reader.send(.get, path)
        subjects += (page.json["items"]?.array ?? []).compactMap { $0["subject"]?.string }
        guard let next = page.json["next"]?.string else { break }
        path = "/v1/events?type=user.created&limit=100&cursor=\(next)"
      }
      #expect(subjects.filter { $0 == "\(person.id)" }.count == 1)
    }

    @Test(arguments: Engine.allCases)
    func `a promotion by the tool leaves an event`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      let person = try await fleet.member()
      let promoted = try await fleet.bulkhead("promote", person.email)
      #expect(promoted.status == 0)
      let reader = fleet.analytics.with(token: try await fleet.operatorToken())
      let events = try await reader.send(.get, "/v1/events?type=user.updated&limit=200")
      let found = events.json["items"]?.array?.first { $0["subject"]?.string == "\(person.id)" }
      #expect(found?["source"] == "bulkhead")
      let payload = found?["payload"]
      #expect(payload?["actor"] == "bulkhead promote" && payload?["fields"] == ["role"])
    }

    @Test(arguments: Engine.allCases)
    func `the worker's rollups reach the daily report`(_ engine: Engine) async throws {
      let fleet = try FleetTrait.fleet(engine)
      _ = try await fleet.member()
      let reader = fleet.analytics.with(token: try await fleet.operatorToken())
      try await eventually("the report has the rollup") {
        let report = try await reader.send(.get, "/v1/reports/daily?metric=users_created")
        return report.json["items"]?.array?.last?["value"]?.integer ?? 0 > 0
      }
    }
  }
}
