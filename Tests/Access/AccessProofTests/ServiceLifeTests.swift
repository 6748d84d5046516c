import AccessManifest
import AccessPlanning
import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

/// The whole life of a service: added, narrowed, renamed, removed, dropped. At each step the plan says what will happen.
@Suite(.serialized, .ownServers) struct ServiceLifeTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  private static let grants = "        rollups: [select]\n        events: [select]\n"

  /// The manifest with one more service, a worker of analytics with an account of its own.
  private func manifest(account: String, grants: String = grants) throws -> AccessManifest {
    let block = """
        reporter:
          part_of: analytics
          database:
            account: \(account)
            level: read-only
            limits: { connections: 3, statement: 5s, idle_in_transaction: 10s }
            grants:
      \(grants)    cache: { account: \(account)-cache, keys: { "analytics:*": read } }

      """
    return try AccessManifest.parse(try FleetManifest.text() + block, file: "access.yaml")
  }

  private func reasons(_ manifest: AccessManifest, dropsRetired: Bool = false) async throws -> [String] {
    try await fleet.access(manifest, dropsRetired: dropsRetired).plan().flatMap(\.value.steps).map(\.reason)
  }

  private func expectInOrder(_ manifest: AccessManifest) async throws {
    let found = try await fleet.access(manifest).verify().flatMap(\.value)
    #expect(found.filter { !$0.isNote }.map(\.message) == [])
    #expect(try await fleet.access(manifest).plan().allSatisfy(\.value.isEmpty))
    #expect(try await fleet.proof(manifest).violations.map(\.description) == [])
  }

  private func rows(_ sql: String) async throws -> Int64 {
    try await fleet.superuser.unsafeQuery(unsafeSQL: sql).integer(0, 0)
  }

  @Test(.timeLimit(.minutes(8)))
  func `a service is added, narrowed, renamed, removed and dropped, and nothing of it is left`() async throws
  {
    // Added.
    let added = try manifest(account: "reporter-ro")
    #expect(try await reasons(added).contains("account reporter-ro does not exist"))
    _ = try fleet.credentials.createMissing(for: added.credentialNames)
    _ = try await fleet.access(added).apply()
    try await expectInOrder(added)

    // Narrowed.
    let narrowed = try manifest(account: "reporter-ro", grants: "        rollups: [select]\n")
    #expect(
      try await reasons(narrowed).first
        == "reporter-ro holds SELECT on table events, granted by migrate-admin, which the manifest does not declare"
    )
    _ = try await fleet.access(narrowed).apply()
    try await expectInOrder(narrowed)

    // Renamed, while the old account is connected.
    let old = try fleet.database(as: "reporter-ro")
    let renamed = try manifest(account: "report-ro", grants: "        rollups: [select]\n")
    try await old.session("stay connected") { (session) throws(DatabaseError) in
      _ = try await session.unsafeQuery(unsafeSQL: "SELECT 1")
      let found = try? await reasons(renamed)
      let retired = "account reporter-ro is retired, because the manifest no longer lists it, and"
      #expect(found?.contains("\(retired) it can still log in") == true)
      #expect(found?.contains("\(retired) it has 1 open session") == true)
      #expect(found?.contains("account report-ro does not exist") == true)
      #expect(found?.contains("the manifest does not list the user reporter-ro-cache") == true)
      _ = try? fleet.credentials.createMissing(for: renamed.credentialNames)
      _ = try? await fleet.access(renamed).apply()
      let ended = try? await session.unsafeQuery(unsafeSQL: "SELECT 1")
      #expect(ended == nil)
    }
    await old.close()
    let again = try fleet.database(as: "reporter-ro")
    let refused = await #expect(throws: DatabaseError.self) {
      try await again.unsafeQuery(unsafeSQL: "SELECT 1")
    }
    #expect(refused?.kind == .authenticationFailed)
    await again.close()
    try await expectInOrder(renamed)
    #expect(
      try await rows("SELECT count(*) FROM pg_authid WHERE rolname = 'reporter-ro' AND rolpassword IS NULL")
        == 1)

    // Removed: closed and without a right, and still there.
    _ = try await fleet.access.apply()
    try await expectInOrder(fleet.manifest)
    let remarks = try await fleet.access().verify().flatMap(\.value).filter { $0.kind == .remark }
    #expect(
      Set(remarks.map(\.account)) == ["reporter-ro", "report-ro", "reporter-ro-cache", "report-ro-cache"])
    #expect(
      try await rows(
        "SELECT count(*) FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid WHERE r.rolname LIKE 'report%'"
          + " AND d.dbid <> 0") == 0)

    // Dropped.
    #expect(
      try await reasons(fleet.manifest, dropsRetired: true).contains(
        "account reporter-ro is retired and closed"))
    _ = try await fleet.access(dropsRetired: true).apply()
    // What belongs to others on the server stays a note.
    let left = try await fleet.access().verify().flatMap(\.value).filter { $0.kind != .outside }
    #expect(left.map(\.message) == [])
    #expect(try await rows("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'report%'") == 0)
    for account in ["reporter-ro", "report-ro", "reporter-ro-cache", "report-ro-cache"] {
      #expect(!fleet.credentials.contains(account), "\(account)")
    }
  }

  @Test func `a renamed account stays open where its new name has no credential, or a table is missing`()
    async throws
  {
    let added = try manifest(account: "reporter-ro")
    _ = try fleet.credentials.createMissing(for: added.credentialNames)
    _ = try await fleet.access(added).apply()
    let renamed = try manifest(account: "report-ro")
    let first = await #expect(throws: AccessError.self) { _ = try await fleet.access(renamed).apply() }
    #expect(
      first?.description.contains("no credential for report-ro") == true, "\(String(describing: first))")
    _ = try fleet.credentials.createMissing(for: renamed.credentialNames)
    try await fleet.asSuperuser("ALTER TABLE rollups RENAME TO rollups_aside")
    let second = await #expect(throws: AccessError.self) { _ = try await fleet.access(renamed).apply() }
    #expect(
      second?.description.contains("tables are missing (rollups)") == true, "\(String(describing: second))")
    try await fleet.asSuperuser("ALTER TABLE rollups_aside RENAME TO rollups")
    #expect(try await fleet.canLogin("reporter-ro") == true)
    try await fleet.act(as: "reporter-ro", "SELECT count(*) FROM rollups")
    _ = try await fleet.access(added).apply()
    #expect(try await fleet.deviations().map(\.account).allSatisfy { $0.hasPrefix("reporter-ro") })
    _ = try await fleet.access(dropsRetired: true).apply()
  }

  @Test func `an apply that fails after it closed a retired account names the account in the error`()
    async throws
  {
    let added = try manifest(account: "reporter-ro")
    _ = try fleet.credentials.createMissing(for: added.credentialNames)
    _ = try await fleet.access(added).apply()
    try await fleet.asSuperuser(#"ALTER POLICY "twitch-trigger insert" ON events WITH CHECK (true)"#)
    let holder = fleet.postgres.superuser
    try await fleet.withSession(as: holder.name, password: holder.password) { session in
      try await session.run("BEGIN")
      try await session.run("SELECT count(*) FROM events")
      let error = await #expect(throws: AccessError.self) {
        _ = try await fleet.access(limits: LockLimits(totalMilliseconds: 1_500)).apply()
      }
      let words = error.map { "\($0)" } ?? ""
      #expect(words.contains("executed before this, and still in effect"), "\(words)")
      #expect(words.contains(#"ALTER ROLE "reporter-ro" NOLOGIN PASSWORD NULL"#), "\(words)")
      try await session.run("ROLLBACK")
    }
    #expect(try await fleet.canLogin("reporter-ro") == false)
    _ = try await fleet.access(dropsRetired: true).apply()
    #expect(try await fleet.deviations() == [])
  }

  @Test func `a retired account that owns objects elsewhere stays closed, and the reason is reported`()
    async throws
  {
    let added = try manifest(account: "reporter-ro")
    _ = try fleet.credentials.createMissing(for: added.credentialNames)
    _ = try await fleet.access(added).apply()
    try await fleet.asSuperuser(
      inDatabase: "postgres", "CREATE TABLE kept ()", "ALTER TABLE kept OWNER TO \"reporter-ro\"")
    let outcome = try #require(try await fleet.access(dropsRetired: true).apply().first?.value)
    #expect(outcome.done.contains { $0.text.hasSuffix("NOLOGIN PASSWORD NULL") })
    #expect(outcome.notes.first?.contains("reporter-ro") == true, "\(outcome.notes)")
    #expect(try await fleet.deviations().filter { !$0.isNote }.map(\.message) == [])
    try await fleet.asSuperuser(inDatabase: "postgres", "DROP TABLE kept")
    _ = try await fleet.access(dropsRetired: true).apply()
    #expect(try await rows("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'report%'") == 0)
  }

  @Test func `a file that the tool did not make, and another secret of a service, are never removed`()
    async throws
  {
    try fleet.credentials.replace("by-hand", with: .init("a password that a person chose"))
    _ = try fleet.credentials.createMissing(for: ["token-key"])
    // Another program's token has the form of a password of ours.
    try fleet.credentials.replace("grafana-token", with: try fleet.credentials.password(of: "token-key"))
    let planned = try await fleet.access(dropsRetired: true).plan().flatMap(\.value.steps)
    #expect(!planned.contains { $0.text.contains("grafana-token") })
    _ = try await fleet.access(dropsRetired: true).apply()
    let remarks = try await fleet.access().verify().flatMap(\.value)
    #expect(remarks.contains { $0.account == "grafana-token" && $0.kind == .remark })
    for name in ["by-hand", "token-key", "grafana-token"] {
      #expect(fleet.credentials.contains(name), "\(name)")
      try fleet.credentials.remove(name)
    }
  }
}
