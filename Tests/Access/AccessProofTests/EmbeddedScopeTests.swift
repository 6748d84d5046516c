import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import SQLiteDriver
import Testing

/// A SQLite file that another fleet uses, too, in the modes of the manifest's scope.
@Suite struct EmbeddedScopeTests {
  private static let other = "team-b-rw"

  private func fleet(_ scope: AccessScope) async throws -> EmbeddedFleet {
    var manifest = try FleetManifest.load()
    manifest.scope = scope
    let fleet = try await EmbeddedFleet(manifest)
    _ = try await fleet.administrator.unsafeQuery(
      unsafeSQL: SQLiteRights.storing(
        try SQLiteRights(tables: ["events": .init(select: .all)]).json(), of: Self.other))
    return fleet
  }

  private func reads(_ fleet: EmbeddedFleet, as account: String) async -> Bool {
    let database = fleet.database(as: account)
    let rows = try? await database.unsafeQuery(unsafeSQL: "SELECT count(*) FROM events")
    await database.close()
    return rows != nil
  }

  @Test(arguments: [
    AccessScope(mode: .adopting), AccessScope(mode: .additive),
    AccessScope(mode: .strict, roles: [NamePattern("team-b-*")]),
  ])
  func `the row of another fleet outlives apply, and a new table of rights`(scope: AccessScope) async throws {
    let fleet = try await fleet(scope)
    #expect(try await fleet.deviations().allSatisfy { $0.isNote })
    #expect(try await fleet.access.apply().flatMap(\.value.done).isEmpty)
    #expect(await reads(fleet, as: Self.other))
    _ = try await fleet.administrator.unsafeQuery(
      unsafeSQL: "CREATE TRIGGER kept BEFORE UPDATE ON bulkhead_rights BEGIN SELECT RAISE(IGNORE); END")
    #expect(try await !fleet.deviations().allSatisfy { $0.isNote })
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().allSatisfy { $0.isNote })
    #expect(await reads(fleet, as: Self.other))
    await fleet.close()
  }

  @Test func `the additive mode takes no right from an account of its own`() async throws {
    let fleet = try await fleet(AccessScope(mode: .additive))
    try await fleet.tamper("connector-rw") { $0.tables["users"] = .init(select: .init(columns: ["id"])) }
    try await fleet.tamper("analytics-ro") { $0.tables["events"] = nil }
    let outcomes = try await fleet.access.apply()
    #expect(outcomes.flatMap(\.value.done).count == 1)
    #expect(outcomes.contains { !$0.value.isComplete })
    #expect(await reads(fleet, as: "analytics-ro"))
    #expect(
      try await fleet.deviations().filter { !$0.isNote }.map(\.object) == ["users"])
    await fleet.close()
  }
}
