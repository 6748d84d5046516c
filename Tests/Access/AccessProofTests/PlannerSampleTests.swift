import DataAccess
import Testing

/// What `EXPLAIN` shows an account about rows that its policies hide.
@Suite(.serialized, .ownServers) struct PlannerSampleTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test func `an account reads no value of a hidden row from the planner's estimates`() async throws {
    try await fleet.asAdministrator(
      "INSERT INTO platform_integrations (platform, external_id, channel) "
        + "SELECT CASE WHEN i % 10 = 0 THEN 'twitch' ELSE 'discord' END, 'id-' || i, "
        + "CASE WHEN i % 10 = 0 THEN 'c' || i ELSE 'vip' END FROM generate_series(1, 1000) AS i",
      "ALTER TABLE platform_integrations ALTER COLUMN platform SET STATISTICS 100",
      "ALTER TABLE platform_integrations ALTER COLUMN channel SET STATISTICS 100",
      "ANALYZE platform_integrations")
    let (held, unheld) = (try await estimate(of: "vip"), try await estimate(of: "zip"))
    #expect(held > unheld, "without the defence, a value of discord's rows shows in the estimate")

    _ = try await fleet.access.apply()
    try await fleet.asAdministrator("ANALYZE platform_integrations")
    #expect(try await estimate(of: "vip") == estimate(of: "zip"))
    #expect(try await fleet.deviations().map(\.message) == [])
    let samples = try await fleet.superuser.unsafeQuery(
      unsafeSQL: """
        SELECT count(*) FROM pg_statistic s
        JOIN pg_attribute a ON a.attrelid = s.starelid AND a.attnum = s.staattnum
        WHERE s.starelid = 'platform_integrations'::regclass AND a.attname <> 'platform'
        """)
    #expect(try samples.integer(0, 0) == 0)
  }

  /// The rows that the planner expects, by twitch-trigger's own session.
  private func estimate(of channel: String) async throws -> Int {
    let account = try fleet.database(as: "twitch-trigger")
    let rows = try await account.unsafeQuery(
      unsafeSQL: "EXPLAIN SELECT id FROM platform_integrations WHERE channel = '\(channel)'")
    let plan = try rows.text(0, 0)
    await account.close()
    let digits = try #require(plan.split(separator: "rows=").last).prefix { $0.isNumber }
    return try #require(Int(digits))
  }
}
