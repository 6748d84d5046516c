import AccessProof
import DatabaseTestSupport
import TestSupport
import Testing

/// The list of known residues says neither too little nor too much: the proof tries both.
@Suite(.serialized, .ownServers) struct ResidueTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  /// A change by hand of what accounts may learn, and the cell that must report it.
  struct Change: Sendable, CustomTestStringConvertible {
    let statements: [String]
    let account: String
    let verb: String
    /// The residue that the change closes; nil where it opens a channel.
    var residue: String?
    let undo: [String]

    var testDescription: String { verb }
  }

  static let closed: [Change] = [
    Change(
      statements: ["REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC"], account: "connector-rw",
      verb: "call pg_notify", residue: "LISTEN and NOTIFY",
      undo: ["GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO PUBLIC"]),
    Change(
      statements: ["REVOKE SELECT ON pg_locks FROM PUBLIC"], account: "analytics-ro", verb: "list locks",
      residue: "names of sessions and locks", undo: ["GRANT SELECT ON pg_locks TO PUBLIC"]),
    Change(
      statements: ["REVOKE SELECT ON pg_policies FROM PUBLIC"], account: "twitch-trigger",
      verb: "read policies", residue: "catalog of names and definitions",
      undo: ["GRANT SELECT ON pg_policies TO PUBLIC"]),
    Change(
      statements: ["REVOKE EXECUTE ON FUNCTION pg_relation_size(regclass, text) FROM PUBLIC"],
      account: "discord-trigger", verb: "read a table's size", residue: "row counts and sizes",
      undo: ["GRANT EXECUTE ON FUNCTION pg_relation_size(regclass, text) TO PUBLIC"]),
  ]

  @Test(arguments: closed)
  func `a declared residue that is closed by hand is a violation that says so`(_ change: Change) async throws
  {
    try await fleet.asSuperuser(change.statements)
    let found = try await fleet.databaseProof(of: change.account).violations
    try await fleet.asSuperuser(change.undo)
    let violation = try #require(found.first { $0.verb == change.verb }, "\(found.map(\.description))")
    #expect(violation.residue == change.residue)
    #expect(
      violation.description.hasSuffix(
        ": declared as the residue '\(change.residue ?? "")', but the engine says denied (42501): remove it"))
  }

  static let opened: [Change] = [
    Change(
      statements: [#"GRANT pg_monitor TO "twitch-trigger""#], account: "twitch-trigger",
      verb: "read statements of other accounts", undo: [#"REVOKE pg_monitor FROM "twitch-trigger""#]),
    Change(
      statements: [#"GRANT pg_read_all_stats TO "connector-rw""#], account: "connector-rw",
      verb: "read the size of the shared catalog", undo: [#"REVOKE pg_read_all_stats FROM "connector-rw""#]),
    Change(
      statements: [#"GRANT SET ON PARAMETER temp_file_limit TO "connector-rw""#], account: "connector-rw",
      verb: "lift the limit of temporary files",
      undo: [#"REVOKE SET ON PARAMETER temp_file_limit FROM "connector-rw""#]),
    Change(
      statements: [
        #"GRANT EXECUTE ON FUNCTION pg_stat_reset_single_table_counters(oid) TO "analytics-ro""#
      ], account: "analytics-ro", verb: "reset statistics",
      undo: [#"REVOKE EXECUTE ON FUNCTION pg_stat_reset_single_table_counters(oid) FROM "analytics-ro""#]),
    Change(
      statements: [#"GRANT TRUNCATE ON users TO "connector-rw""#], account: "connector-rw", verb: "lock",
      undo: [#"REVOKE TRUNCATE ON users FROM "connector-rw""#]),
    Change(
      statements: [#"GRANT SELECT ON settings TO "connector-rw""#], account: "connector-rw", verb: "explain",
      undo: [#"REVOKE SELECT ON settings FROM "connector-rw""#]),
    Change(
      statements: [
        "INSERT INTO rollups (day, metric, value, updated_at) SELECT '2026-01-01', 'm' || i, i, now() "
          + "FROM generate_series(1, 100) AS i",
        "ANALYZE rollups", #"GRANT SELECT (metric) ON rollups TO "connector-rw""#,
      ], account: "connector-rw", verb: "read samples of hidden columns",
      undo: ["DELETE FROM rollups", #"REVOKE SELECT (metric) ON rollups FROM "connector-rw""#]),
    Change(
      statements: [
        "INSERT INTO platform_integrations (platform, external_id, channel) "
          + "SELECT CASE WHEN i % 10 = 0 THEN 'twitch' ELSE 'discord' END, 'id-' || i, "
          + "CASE WHEN i % 10 = 0 THEN 'c' || i ELSE 'bulkhead-probe-estimate' END "
          + "FROM generate_series(1, 1000) AS i",
        "ALTER TABLE platform_integrations ALTER COLUMN platform SET STATISTICS 100",
        "ALTER TABLE platform_integrations ALTER COLUMN channel SET STATISTICS 100",
        "ANALYZE platform_integrations",
      ], account: "twitch-trigger", verb: "read estimates of channel",
      undo: ["DELETE FROM platform_integrations WHERE external_id LIKE 'id-%'"]),
  ]

  @Test(arguments: opened)
  func `a channel that is opened by hand and not on the list is a violation`(_ change: Change) async throws {
    try await fleet.asSuperuser(change.statements)
    let found = try await fleet.databaseProof(of: change.account).violations
    try await fleet.asSuperuser(change.undo)
    _ = try await fleet.access.apply()
    #expect(
      found.contains { $0.verb == change.verb && $0.got == "allowed" && $0.residue == nil },
      "\(found.map(\.description))")
  }

  @Test func `every residue that has attempts is shown by the accounts that can use it, and reported once`()
    async throws
  {
    let report = try await fleet.proof()
    #expect(report.violations.map(\.description) == [])
    let shown = Set(report.results.compactMap(\.cell.residue))
    #expect(
      shown == [
        "catalog of names and definitions", "row counts and sizes", "names of sessions and locks",
        "existence through keys and EXPLAIN ANALYZE", "LISTEN and NOTIFY",
        "account's own password and defaults", "lock of a shared table", "shared memory, disk and processors",
        "version and role of the server",
      ])
    #expect(shown.isSubset(of: report.residues.map(\.name)))
    // Each account of the fleet reads the tables that its own tables refer to.
    #expect(!report.residues.contains { $0.name == "existence through foreign keys" })
    #expect(Set(report.residues.map(\.name)).count == report.residues.count)
    #expect(report.openAsExpected == report.results.count { $0.cell.residue != nil })
  }
}

/// Residues that depend on the server, with declarations of the test.
@Suite struct ConditionalResidueTests {
  private static let refused = EscapeAttempts.Attempt(
    object: "file", verb: "create table", sql: "CREATE TABLE probe (id integer)")
  private static let harmless = EscapeAttempts.Attempt(
    object: "file", verb: "read a constant", sql: "SELECT 1")

  private static func residue(
    _ attempt: EscapeAttempts.Attempt, where condition: String? = nil
  ) -> KnownResidue {
    var residue = KnownResidue("of the test", consequence: "none", mitigation: "none").tried { attacker in
      attacker.account == "connector-rw" ? [attempt] : []
    }
    residue.condition = condition
    return residue
  }

  private func proof(_ residue: KnownResidue) async throws -> ProofReport {
    let fleet = try await EmbeddedFleet()
    let report = try await fleet.proof(
      escapeAttempts: EscapeAttempts(
        changesRowsAtCursors: false, keepsIdentities: false, residues: [residue]
      ) { _, _, _ in [] })
    await fleet.close()
    return report
  }

  @Test func `a residue that the server leaves open is tried and reported`() async throws {
    let report = try await proof(Self.residue(Self.harmless, where: "SELECT 1"))
    #expect(report.violations.map(\.description) == [])
    #expect(report.openAsExpected == 1)
    #expect(report.residues.map(\.name) == ["of the test"])
  }

  @Test func `a residue that the server has closed is not reported, and its attempt must be refused`()
    async throws
  {
    let report = try await proof(Self.residue(Self.refused, where: "SELECT 0"))
    #expect(report.violations.map(\.description) == [])
    #expect(report.openAsExpected == 0)
    #expect(report.residues.map(\.name) == [])
    let open = try await proof(Self.residue(Self.harmless, where: "SELECT 0"))
    #expect(
      open.violations.map(\.description) == [
        "connector-rw: read a constant file: expected denied, got allowed"
      ])
  }

  @Test func `a residue that the engine refuses is a violation`() async throws {
    let report = try await proof(Self.residue(Self.refused))
    let violation = try #require(report.violations.first)
    #expect(
      violation.description.hasPrefix(
        "connector-rw: create table file: declared as the residue 'of the test'"))
  }
}
