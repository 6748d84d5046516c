import Foundation
import JSON
import Testing

extension DeploymentTests {
  /// One engine fails, and the other is compared, mended and proven all the same, in both directions.
  @Suite struct OneEngineDownTests {
    private static let refused = ["DB_USER": "migrate-admin", "DB_PASS": "not this one"]
    private static let lost = ["DB_PORT": "1", "DB_MAX_RETRIES": "1"]

    private func json(_ output: Program.Output) throws -> JSONValue {
      try JSONCoding.decode(JSONValue.self, from: Array(output.out.utf8))
    }

    @Test(arguments: [refused, lost])
    func `a database that refuses or is down does not keep the cache from being compared, mended and proven`(
      _ without: [String: String]
    ) async throws {
      let deployment = try Deployment.shared()
      try await CacheAdministrator(of: deployment).run(["ACL", "SETUSER", "connector-cache", "+keys"])
      let verified = try await deployment.bulkhead(["access", "verify", "--json"], with: without)
      #expect(verified.status == 1)
      let engines = try json(verified).array ?? []
      #expect(engines.map { $0["engine"]?.string } == ["PostgreSQL", "Redis"])
      #expect(engines.first?["error"]?.string?.isEmpty == false)
      let accounts = engines.last?["deviations"]?.array?.compactMap { $0["account"]?.string } ?? []
      #expect(accounts.contains("connector-cache"), "\(verified.out)")
      let planned = try await deployment.bulkhead(["access", "plan"], with: without)
      #expect(planned.status == 1 && planned.out.contains("ACL SETUSER connector-cache"), "\(planned.out)")
      let open = try await deployment.bulkhead(["access", "prove", "--json"], with: without)
      #expect(open.status == 1)
      #expect(try json(open)["violations"]?.integer != 0)

      let applied = try await deployment.bulkhead(["access", "apply"], with: without)
      #expect(applied.status == 1 && applied.out.contains("Redis: "), "\(applied.out)")
      #expect(applied.err.contains("PostgreSQL: "), "\(applied.err)")
      let proved = try await deployment.bulkhead(["access", "prove", "--json"], with: without)
      #expect(proved.status == 1)
      let report = try json(proved)
      #expect(report["violations"]?.integer == 0, "\(proved.out)")
      #expect(report["database_cells"]?.integer == 0)
      #expect((report["cache_cells"]?.integer ?? 0) >= 100)
      #expect(report["failures"]?.array?.compactMap { $0["engine"]?.string } == ["PostgreSQL"])
      #expect(report["left_out"] == nil)
      #expect(proved.err.contains("PostgreSQL: the database "), "\(proved.err)")
      let text = try await deployment.bulkhead(["access", "prove"], with: without)
      #expect(text.status == 1 && text.out.contains("0 violations; PostgreSQL was not proven"), "\(text.out)")
      #expect(try await deployment.bulkhead(["access", "verify"]).status == 0)
    }

    @Test func `a cache that is down does not keep the database from being proven`() async throws {
      let deployment = try Deployment.shared()
      let proved = try await deployment.bulkhead(["access", "prove", "--json"], with: ["CACHE_PORT": "1"])
      #expect(proved.status == 1)
      let report = try json(proved)
      #expect(report["violations"]?.integer == 0, "\(proved.out)")
      #expect((report["database_cells"]?.integer ?? 0) >= 400)
      #expect(report["cache_cells"]?.integer == 0)
      #expect(report["failures"]?.array?.compactMap { $0["engine"]?.string } == ["Redis"])
      #expect(report["left_out"] == nil)
      #expect(proved.err.contains("Redis: the cache cannot be reached"), "\(proved.err)")
    }

    @Test func `where both engines are down the proof has no report, and both reasons`() async throws {
      let deployment = try Deployment.shared()
      let failed = try await deployment.bulkhead(
        ["access", "prove", "--json"], with: Self.lost.merging(["CACHE_PORT": "1"]) { $1 })
      #expect(failed.status == 1)
      let reasons = try json(failed)["errors"]?.array?.compactMap(\.string) ?? []
      #expect(reasons.count == 2, "\(failed.out)")
      for engine in ["PostgreSQL", "Redis"] {
        #expect(reasons.contains { $0.hasPrefix("\(engine): ") }, "\(failed.out)")
        #expect(failed.err.contains("\(engine): "), "\(failed.err)")
      }
      let cacheAlone = try await deployment.bulkhead(
        ["access", "prove", "--json", "--only", "cache"], with: ["CACHE_PORT": "1"])
      #expect(cacheAlone.status == 1)
      let reason = try json(cacheAlone)["errors"]?.array?.compactMap(\.string) ?? []
      #expect(reason.count == 1 && reason[0].hasPrefix("Redis: "), "\(cacheAlone.out)")
    }

    @Test func `a report with a failed engine is valid in each of its forms`() async throws {
      let deployment = try Deployment.shared()
      var answers = Answers(deployment: deployment)
      for (format, kind) in [("json", Answers.Kind.schema("access-prove")), ("junit", .junit)] {
        try await answers.take(
          ["access", "prove", "--format", format], as: kind, status: 1, with: ["CACHE_PORT": "1"])
      }
      try await answers.check()
    }
  }
}
