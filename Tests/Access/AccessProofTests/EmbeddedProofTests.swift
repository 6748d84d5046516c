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

  @Test func `a column added by hand is reported and removed`() async throws {
    try await expectReported("analytics-ro", "users", verb: "select", column: "email") { rights in
      rights.tables["users"]?.select?.columns?.append("email")
    }
  }

  @Test func `a column removed by hand is reported and restored`() async throws {
    try await expectReported("analytics-ro", "users", verb: "select", column: "role") { rights in
      rights.tables["users"]?.select?.columns?.removeAll { $0 == "role" }
    }
  }

  @Test func `a table added by hand is reported and removed`() async throws {
    try await expectReported("connector-rw", "rollups", verb: "delete", column: nil) { rights in
      rights.tables["rollups"] = SQLiteRights.TableRights(delete: .all)
    }
  }

  @Test func `a row scope widened by hand is reported and restored`() async throws {
    let fleet = try await EmbeddedFleet()
    try await fleet.tamper("twitch-trigger") { $0.tables["platform_integrations"]?.select?.rows = nil }
    let found = try await fleet.deviations()
    #expect(found.contains { $0.account == "twitch-trigger" && $0.object == "platform_integrations" })
    let violations = try await fleet.proof().violations
    #expect(
      violations.contains {
        $0.account == "twitch-trigger" && $0.verb == "select row" && $0.row == "platform=discord"
      }, "\(violations.map(\.description))")
    try await expectRepaired(fleet)
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

  @Test func `rights of an account outside the manifest are reported and removed`() async throws {
    let fleet = try await EmbeddedFleet()
    _ = try await fleet.administrator.unsafeQuery(
      unsafeSQL: SQLiteRights.storeSQL, [.text("stranger"), .text(try SQLiteRights().json())])
    #expect(try await fleet.deviations().map(\.account) == ["stranger"])
    try await expectRepaired(fleet)
  }

  @Test func `unreadable rights are reported, lock the account out, and are restored`() async throws {
    let fleet = try await EmbeddedFleet()
    _ = try await fleet.administrator.unsafeQuery(
      unsafeSQL: SQLiteRights.storeSQL, [.text("connector-rw"), .text("{")])
    #expect(try await fleet.deviations().map(\.account) == ["connector-rw"])
    let report = try await fleet.proof()
    #expect(report.violations.map(\.verb) == ["connect"])
    #expect(!report.isClean)
    #expect(report.attempted < report.cells)
    try await expectRepaired(fleet)
  }

  private func expectReported(
    _ account: String, _ table: String, verb: String, column: String?, _ change: (inout SQLiteRights) -> Void
  ) async throws {
    let fleet = try await EmbeddedFleet()
    try await fleet.tamper(account, change)
    let found = try await fleet.deviations()
    #expect(
      found.contains { $0.account == account && $0.object == table && $0.column == column },
      "\(found.map(\.message))")
    let violations = try await fleet.proof().violations
    #expect(
      violations.contains {
        $0.account == account && $0.object == table && $0.verb == verb && $0.column == column
      }, "\(violations.map(\.description))")
    try await expectRepaired(fleet)
  }

  private func expectRepaired(_ fleet: EmbeddedFleet) async throws {
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.apply().flatMap(\.value.done).isEmpty)
    await fleet.close()
  }
}
