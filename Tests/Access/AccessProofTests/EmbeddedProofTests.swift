import AccessPlanning
import AccessProof
import DataAccess
import DatabaseTestSupport
import SQLiteDriver
import Testing

@Suite struct EmbeddedProofTests {
  @Test func `the embedded fleet matches the manifest, and the proof confirms every cell`() async throws {
    let fleet = try await EmbeddedFleet()
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.plan().flatMap(\.value.steps).map(\.text) == [])
    let report = try await fleet.proof()
    #expect(report.violations.map(\.description) == [])
    #expect(report.isClean == true)
    #expect(report.databaseCells >= 400)
    #expect(report.cacheCells >= 100)
    for table in ["events", "platform_integrations"] {
      let rows = try await fleet.administrator.unsafeQuery(unsafeSQL: "SELECT count(*) FROM \(table)")
      #expect(try rows.integer(0, 0) == 0)
    }
    await fleet.close()
  }

  @Test func `the proof tries the ways around the grants as every account`() async throws {
    let fleet = try await EmbeddedFleet()
    let results = try await fleet.proof().results
    for account in fleet.manifest.databaseAccounts.map(\.name) {
      let tried = results.filter { $0.cell.account == account && $0.cell.object == "file" }.map(\.cell.verb)
      #expect(tried.contains("attach") && tried.contains("create table"), "\(account): \(tried)")
    }
    await fleet.close()
  }

  /// The fleet's clock returns 1 800 000 000 seconds. A run's name begins with the second of its start.
  @Test func `the rows of a concurrent run stay, and those of a killed run are removed`()
    async throws
  {
    let fleet = try await EmbeddedFleet()
    let fresh = ["1800000000-a", "1799999400-b", "1800000100-c"]
    let stale = ["1799999399-d", "0-e", "unreadable"]
    for run in fresh + stale {
      _ = try await fleet.administrator.unsafeQuery(
        unsafeSQL:
          "INSERT INTO events (type, source, subject, payload, occurred_at) VALUES (?, 'unowned', 'x', '{}', 0)",
        [.text("bulkhead-probe-\(run)")])
    }
    #expect(try await fleet.proof().violations.map(\.description) == [])
    let left = try await fleet.administrator.unsafeQuery(unsafeSQL: "SELECT type FROM events ORDER BY id")
    #expect(try (0..<left.rowCount).map { try left.text($0, 0) } == fresh.map { "bulkhead-probe-\($0)" })
    await fleet.close()
  }

  @Test func `objects of a newer release break no right, and grants on them are reported and revoked`()
    async throws
  {
    let fleet = try await EmbeddedFleet()
    for sql in NewerSchema.additions { _ = try await fleet.administrator.unsafeQuery(unsafeSQL: sql) }
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.plan().flatMap(\.value.steps).map(\.text) == [])
    #expect(try await fleet.proof().violations.map(\.description) == [])
    let service = fleet.database(as: "connector-rw")
    let error = await #expect(throws: DatabaseError.self) {
      try await service.unsafeQuery(unsafeSQL: "SELECT id FROM notes")
    }
    #expect(error?.isPermissionDenied == true)
    await service.close()
    try await fleet.tamper("connector-rw") { $0.tables["notes"] = SQLiteRights.TableRights(select: .all) }
    #expect(try await fleet.deviations().map(\.message).contains { $0.contains("select on notes") })
    try await expectRepaired(fleet)
  }

  @Test func `a column of a newer release is not part of a grant that lists columns`() async throws {
    let fleet = try await EmbeddedFleet(
      FleetManifest.load(
        replacing: "events: [select]\n",
        by: "events: { select: { columns: [id, type, source, subject, payload, occurred_at] } }\n"))
    for sql in NewerSchema.additions { _ = try await fleet.administrator.unsafeQuery(unsafeSQL: sql) }
    let report = try await fleet.proof()
    #expect(report.violations.map(\.description) == [])
    let service = fleet.database(as: "analytics-ro")
    let error = await #expect(throws: DatabaseError.self) {
      try await service.unsafeQuery(unsafeSQL: "SELECT * FROM events")
    }
    #expect(error?.isPermissionDenied == true, "the grant lists columns")
    await service.close()
    await fleet.close()
  }

  @Test func `a manifest that the engine cannot enforce is refused, and nothing is stored`() async throws {
    let manifest = try FleetManifest.load(
      replacing: "webhooks: [select, insert, update, delete]",
      by: "webhooks: { insert: { columns: [url] } }")
    let error = await #expect(throws: AccessError.self) { try await EmbeddedFleet(manifest) }
    guard case .unsupported = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `unreadable rights are reported, lock the account out, and are restored`() async throws {
    let fleet = try await EmbeddedFleet()
    _ = try await fleet.administrator.unsafeQuery(
      unsafeSQL: SQLiteRights.storing("{", of: "connector-rw"))
    #expect(try await fleet.deviations().map(\.account) == ["connector-rw"])
    let report = try await fleet.proof()
    #expect(report.violations.map(\.verb) == ["connect"])
    #expect(!report.isClean)
    #expect(report.attempted < report.cells)
    try await expectRepaired(fleet)
  }

  private func expectRepaired(_ fleet: EmbeddedFleet) async throws {
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.apply().flatMap(\.value.done).isEmpty)
    await fleet.close()
  }
}
