import Foundation
import TestSupport
import Testing

/// A table is locked while clients read.
@Suite(.serialized) struct SlowReadTests {
  private static func lock(_ table: String) -> String {
    "BEGIN; LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3600)"
  }

  /// The statements of requests to analytics. Its worker reads the table under another account, and what follows the
  /// ends of sessions reads some types alone.
  private static let waiting = """
    NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE usename = 'analytics-ro' AND query !~ '"type" (IN|=)')
    """

  @Test func `reads of a locked table delay neither other reads nor the health check`() async throws {
    try await FleetUnderTest.with(.servers) { fleet in
      try await Self.readBesideLock(fleet)
    }
  }

  private static func readBesideLock(_ fleet: FleetUnderTest) async throws {
    let reader = fleet.analytics.with(token: try await fleet.operatorToken())
    // Its own process, and not a statement with the time limit of one: on a busy machine the reads take longer.
    let holder = try fleet.deployment.startPsql(Self.lock("events"))
    defer { holder.kill() }
    try await eventually("the lock is held") {
      try await Self.count("granted AND mode LIKE 'AccessEx%'", fleet) > 0
    }
    // Their clients close their connections after five seconds.
    let reports = (0..<4).map { _ in
      Task { try? await reader.send(.get, "/v1/events", timeoutMilliseconds: 5_000).status }
    }
    try await eventually("a report waits for the lock") { try await Self.count(Self.waiting, fleet) > 0 }
    for _ in 0..<30 {
      #expect(try await reader.send(.get, "/v1/reports/daily?metric=users_created").status == 200)
      #expect(try await fleet.analytics.send(.get, "/readyz").status == 200)
    }
    for report in reports { #expect(await report.value == nil) }
    try await eventually("no statement of a client that is gone waits") {
      try await Self.count(Self.waiting, fleet) == 0
    }
    #expect(holder.isRunning, "the lock ended before the other reads")
  }

  @Test func `a lock on the record of migrations leaves the services ready, and each reports it`()
    async throws
  {
    try await FleetUnderTest.with(.servers) { fleet in
      let holder = try fleet.deployment.startPsql(Self.lock("schema_migrations"))
      defer { holder.kill() }
      let services = [fleet.api, fleet.analytics]
      try await eventually("the lock is reported") {
        for service in services {
          guard try await service.send(.get, "/readyz").text.contains("schema_migrations is locked") else {
            return false
          }
        }
        return true
      }
      for _ in 0..<5 {
        for service in services {
          let ready = try await service.send(.get, "/readyz")
          #expect(ready.status == 200 && ready.json["status"]?.string == "degraded", "\(ready.text)")
        }
        try await Task.sleep(for: .seconds(1))
      }
      #expect(holder.isRunning, "the lock ended before the probes")
      let servers = try #require(fleet.deployment.servers)
      _ = try await fleet.deployment.superuser(
        of: servers,
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'schema_migrations'::regclass AND granted"
      )
      try await eventually("the version is read again") {
        for service in services
        where try await service.send(.get, "/readyz").json["status"]?.string != "ready" {
          return false
        }
        return true
      }
    }
  }

  private static func count(_ condition: String, _ fleet: FleetUnderTest) async throws -> Int {
    let query = "SELECT count(*) FROM pg_locks WHERE relation = 'events'::regclass AND \(condition)"
    let servers = try #require(fleet.deployment.servers)
    let output = try await fleet.deployment.superuser(of: servers, query)
    return Int(output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }
}
