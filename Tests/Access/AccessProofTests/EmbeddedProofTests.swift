import AccessPlanning
import AccessProof
import DataAccess
import DatabaseTestSupport
import SQLiteDriver
import Testing

@Suite struct EmbeddedProofTests {
  @Test func `the embedded fleet is as declared, and proven so cell by cell`() async throws {
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

  /// The fleet's clock stands at 1 800 000 000 seconds; a run's name begins with the second in which it began.
  @Test func `rows of another run that is under way stay, and those of a run that was killed go`()
    async throws
  {
    let fleet = try await EmbeddedFleet()
    let fresh = ["1800000000-a", "1799999400-b", "1800000100-c"]
    let stale = ["1799999399-d", "0-e", "unreadable"]
    for run in fresh + stale {
      _ = try await fleet.administrator.unsafeQuery(
        unsafeSQL:
          "INSERT INTO events (type, source, subject, payload, occurred_at) VALUES (?, 'nobody', 'x', '{}', 0)",
        [.text("bulkhead-probe-\(run)")])
    }
    #expect(try await fleet.proof().violations.map(\.description) == [])
    let left = try await fleet.administrator.unsafeQuery(unsafeSQL: "SELECT type FROM events ORDER BY id")
    #expect(try (0..<left.rowCount).map { try left.text($0, 0) } == fresh.map { "bulkhead-probe-\($0)" })
    await fleet.close()
  }

  @Test func `a column that was added by hand is named and mended`() async throws {
    try await expectFound("analytics-ro", "users", verb: "select", column: "email") { rights in
      rights.tables["users"]?.select?.columns?.append("email")
    }
  }

  @Test func `a column that was taken away by hand is named and mended`() async throws {
    try await expectFound("analytics-ro", "users", verb: "select", column: "role") { rights in
      rights.tables["users"]?.select?.columns?.removeAll { $0 == "role" }
    }
  }

  @Test func `a table that was added by hand is named and mended`() async throws {
    try await expectFound("connector-rw", "rollups", verb: "delete", column: nil) { rights in
      rights.tables["rollups"] = SQLiteRights.TableRights(delete: .all)
    }
  }

  @Test func `a scope that was widened by hand is named and mended`() async throws {
    let fleet = try await EmbeddedFleet()
    try await fleet.tamper("twitch-trigger") { $0.tables["platform_integrations"]?.select?.rows = nil }
    let found = try await fleet.deviations()
    #expect(found.contains { $0.account == "twitch-trigger" && $0.object == "platform_integrations" })
    let violations = try await fleet.proof().violations
    #expect(
      violations.contains {
        $0.account == "twitch-trigger" && $0.verb == "select row" && $0.row == "platform=discord"
      }, "\(violations.map(\.description))")
    try await expectMended(fleet)
  }

  @Test func `what a newer release added breaks no right, and what it granted on it is named and mended`()
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
    try await expectMended(fleet)
  }

  @Test func `a column that a newer release added is no part of all that a grant lists`() async throws {
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
    #expect(error?.isPermissionDenied == true, "the grant is one of columns")
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

  @Test func `rights of a stranger are named and removed`() async throws {
    let fleet = try await EmbeddedFleet()
    _ = try await fleet.administrator.unsafeQuery(
      unsafeSQL: SQLiteRights.storeSQL, [.text("stranger"), .text(try SQLiteRights().json())])
    #expect(try await fleet.deviations().map(\.account) == ["stranger"])
    try await expectMended(fleet)
  }

  @Test func `rights that were made unreadable are named, lock the account out, and are mended`() async throws
  {
    let fleet = try await EmbeddedFleet()
    _ = try await fleet.administrator.unsafeQuery(
      unsafeSQL: SQLiteRights.storeSQL, [.text("connector-rw"), .text("{")])
    #expect(try await fleet.deviations().map(\.account) == ["connector-rw"])
    let report = try await fleet.proof()
    #expect(report.violations.map(\.verb) == ["connect"])
    #expect(!report.isClean)
    #expect(report.attempted < report.cells)
    try await expectMended(fleet)
  }

  private func expectFound(
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
    try await expectMended(fleet)
  }

  private func expectMended(_ fleet: EmbeddedFleet) async throws {
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.apply().flatMap(\.value.done).isEmpty)
    await fleet.close()
  }
}
