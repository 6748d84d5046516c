import AccessAdministration
import AccessPlanning
import DataAccess
import DatabaseTestSupport
import SQLiteAdministration
import SQLiteDriver
import Testing

/// A change of the stored rights without the tool, of one kind of SQLite's list of coverage.
struct EmbeddedChange: Sendable, CustomTestStringConvertible {
  let kind: String
  let account: String
  /// What the deviation names.
  let object: String
  var column: String?
  /// The verb of the violation, and its row; an account with no rights to read cannot connect.
  var verb: String?
  var row: String?
  let make: @Sendable (EmbeddedFleet) async throws -> Void

  var testDescription: String { "\(kind) of \(account)" }

  static let all: [EmbeddedChange] = [
    EmbeddedChange(
      kind: "table of rights", account: "connector-rw", object: "bulkhead_rights", verb: "connect"
    ) { fleet in _ = try await fleet.administrator.unsafeQuery(unsafeSQL: "DROP TABLE bulkhead_rights") },
    EmbeddedChange(
      kind: "account without rights", account: "connector-rw", object: "bulkhead_rights", verb: "connect"
    ) { fleet in
      _ = try await fleet.administrator.unsafeQuery(
        unsafeSQL: SQLiteRights.removing("connector-rw"))
    },
    EmbeddedChange(kind: "account outside the manifest", account: "stranger", object: "bulkhead_rights") {
      fleet in
      _ = try await fleet.administrator.unsafeQuery(
        unsafeSQL: SQLiteRights.storing(try SQLiteRights().json(), of: "stranger"))
    },
    EmbeddedChange(kind: "verb on a table", account: "connector-rw", object: "rollups", verb: "delete") {
      fleet in
      try await fleet.tamper("connector-rw") {
        $0.tables["rollups"] = SQLiteRights.TableRights(delete: .all)
      }
    },
    EmbeddedChange(
      kind: "column of a verb", account: "analytics-ro", object: "users", column: "email", verb: "select"
    ) { fleet in
      try await fleet.tamper("analytics-ro") { $0.tables["users"]?.select?.columns?.append("email") }
    },
    EmbeddedChange(
      kind: "column of a verb", account: "analytics-ro", object: "users", column: "role", verb: "select"
    ) { fleet in
      try await fleet.tamper("analytics-ro") {
        $0.tables["users"]?.select?.columns?.removeAll { $0 == "role" }
      }
    },
    EmbeddedChange(
      kind: "row scope of a verb", account: "twitch-trigger", object: "platform_integrations",
      verb: "select row", row: "platform=discord"
    ) { fleet in
      try await fleet.tamper("twitch-trigger") { $0.tables["platform_integrations"]?.select?.rows = nil }
    },
    EmbeddedChange(
      kind: "unreadable rights", account: "connector-rw", object: "bulkhead_rights", verb: "connect"
    ) { fleet in
      _ = try await fleet.administrator.unsafeQuery(
        unsafeSQL: SQLiteRights.storing("{", of: "connector-rw"))
    },
    EmbeddedChange(
      kind: "unreadable rights", account: "analytics-ro", object: "bulkhead_rights", verb: "connect"
    ) { fleet in
      try await fleet.tamper("analytics-ro") {
        $0.tables["user_tokens"] = SQLiteRights.TableRights(select: SQLiteRights.Right(columns: []))
      }
    },
    EmbeddedChange(
      kind: "two rows of an account", account: "analytics-ro", object: "bulkhead_rights", verb: "connect"
    ) { fleet in
      try await fleet.administrator.asScript([
        "CREATE TABLE kept AS SELECT account, rights FROM bulkhead_rights", "DROP TABLE bulkhead_rights",
        "CREATE TABLE bulkhead_rights (account text, rights text)",
        "INSERT INTO bulkhead_rights SELECT 'analytics-ro', rights FROM kept WHERE account = 'backend-api-rw'",
        "INSERT INTO bulkhead_rights SELECT account, rights FROM kept ORDER BY account", "DROP TABLE kept",
      ])
    },
    EmbeddedChange(
      kind: "definition of the table of rights", account: "connector-rw", object: "bulkhead_rights"
    ) { fleet in
      try await fleet.administrator.asScript([
        "CREATE TABLE kept AS SELECT account, rights FROM bulkhead_rights", "DROP TABLE bulkhead_rights",
        "CREATE TABLE bulkhead_rights (account text COLLATE NOCASE NOT NULL PRIMARY KEY, rights text NOT NULL)",
        "INSERT INTO bulkhead_rights SELECT account, rights FROM kept", "DROP TABLE kept",
      ])
    },
    EmbeddedChange(
      kind: "definition of the table of rights", account: "connector-rw", object: "bulkhead_rights",
      verb: "connect"
    ) { fleet in
      try await fleet.administrator.asScript([
        "DROP TABLE bulkhead_rights",
        "CREATE VIEW bulkhead_rights AS SELECT 'connector-rw' AS account, '{}' AS rights",
      ])
    },
    EmbeddedChange(
      kind: "definition of the table of rights", account: "connector-rw", object: "bulkhead_rights",
      verb: "connect"
    ) { fleet in
      try await fleet.administrator.asScript([
        "DELETE FROM bulkhead_rights WHERE account = 'connector-rw'",
        "CREATE TRIGGER kept BEFORE INSERT ON bulkhead_rights BEGIN SELECT RAISE(IGNORE); END",
      ])
    },
  ]
}

extension Database {
  /// Executes these statements, one after another.
  fileprivate func asScript(_ statements: [String]) async throws {
    for sql in statements { _ = try await unsafeQuery(unsafeSQL: sql) }
  }
}

/// Each kind of change by hand is named by the comparison, found by the proof where a statement can use it, and mended.
@Suite struct EmbeddedChangeTests {
  @Test(arguments: EmbeddedChange.all)
  func `a change of the stored rights is named, found and mended`(_ change: EmbeddedChange) async throws {
    let fleet = try await EmbeddedFleet()
    try await change.make(fleet)
    let found = try await fleet.deviations()
    #expect(
      found.contains {
        $0.account == change.account && $0.object == change.object && $0.column == change.column
      }, "\(found)")
    if let verb = change.verb {
      let violations = try await fleet.proof().violations
      #expect(
        violations.contains {
          $0.verb == verb && $0.row == change.row
            && (verb == "connect" || $0.object == change.object && $0.column == change.column)
        }, "\(violations.map(\.description))")
    }
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.apply().flatMap(\.value.done).isEmpty)
    #expect(try await fleet.proof().violations.map(\.description) == [])
    await fleet.close()
  }

  @Test func `a file that every user of the machine may open is an excess that no step mends`() async throws {
    let fleet = try await EmbeddedFleet()
    try fleet.setFileMode(0o666)
    #expect(try await fleet.deviations().map(\.privilege) == ["FILE MODE"])
    #expect(try await fleet.access.apply().contains { !$0.value.isComplete })
    try fleet.setFileMode(0o640)
    #expect(try await fleet.deviations() == [])
    await fleet.close()
  }

  @Test func `with a focus on one account, another table of rights stays, and is named`() async throws {
    let fleet = try await EmbeddedFleet()
    try await fleet.administrator.asScript([
      "CREATE TRIGGER kept BEFORE UPDATE ON bulkhead_rights BEGIN SELECT RAISE(IGNORE); END"
    ])
    let focus = try AccessFocus(["connector-rw"], in: fleet.manifest)
    let grants = SQLiteGrants(manifest: fleet.manifest, administrator: fleet.administrator, focus: focus)
    let outcome = try await grants.apply()
    #expect(outcome.done.isEmpty && outcome.unmended.map(\.account) == ["connector-rw"])
    await fleet.close()
  }

  @Test func `each kind that the comparison covers has a change by hand, and each change has a kind`() {
    // LiveSchemaTests change tables, views and triggers by hand.
    let withOwnTest: Set = [
      "definition of a table", "further tables, views and indexes of the file", "mode of the file",
    ]
    let claimed = Set(
      AccessCoverage.sqlite.kinds.filter { $0.treatment == .compared || $0.treatment == .named }
        .map(\.name))
    let changed = Set(EmbeddedChange.all.map(\.kind))
    #expect(claimed.subtracting(withOwnTest).subtracting(changed).sorted() == [])
    #expect(changed.subtracting(claimed).sorted() == [])
  }
}
