import AccessPlanning
import AccessProof
import DataAccess
import DatabaseTestSupport
import PostgresAdministration
import TestSupport
import Testing

@Suite(.serialized, .ownServers) struct ServerProofTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test func `after apply there is no deviation and the plan is empty`() async throws {
    #expect(try await fleet.deviations().map(\.message) == [])
    for answer in try await fleet.access.plan() {
      #expect(answer.value.steps.map(\.text) == [], "\(answer.target)")
    }
    for answer in try await fleet.access.apply() {
      #expect(answer.value.done == [], "\(answer.target)")
    }
  }

  @Test func `a second bootstrap does nothing`() async throws {
    #expect(try await fleet.bootstrap.run().map(\.text) == [])
  }

  @Test func `a bootstrap by an account that is not a superuser is refused`() async throws {
    let administrator = await #expect(throws: AccessError.self) {
      try await fleet.bootstrapByAdministrator.run()
    }
    #expect(
      administrator?.description
        == "bootstrap runs as the engine's superuser, but DB_USER is migrate-admin: set DB_USER to the superuser"
    )
    let service = await #expect(throws: AccessError.self) {
      try await fleet.bootstrap(byService: "connector-rw").run()
    }
    #expect(
      service?.description
        == "bootstrap runs as the engine's superuser, or as a provider's administrator with CREATEROLE, but connector-rw "
        + "is not a superuser and may not create roles: set DB_USER to such an account"
    )
  }

  @Test func `every cell of the matrix matches the manifest, and the report has their number`() async throws {
    let report = try await fleet.proof()
    #expect(report.violations.map(\.description) == [])
    #expect(report.isClean == true)
    #expect(report.attempted == report.cells)
    #expect(report.databaseCells >= 400)
    #expect(report.cacheCells >= 100)
    #expect(
      report.allowedAsExpected + report.deniedAsExpected + report.openAsExpected == report.attempted)
    #expect(report.seconds > 0)
  }

  @Test func `a proof leaves no row and no key as residue`() async throws {
    _ = try await fleet.proof()
    for table in ["events", "platform_integrations", "users"] {
      let rows = try await fleet.superuser.unsafeQuery(unsafeSQL: "SELECT count(*) FROM \(table)")
      #expect(try rows.integer(0, 0) == 0, "\(table)")
    }
    try await fleet.asCacheAdministrator("ACL SETUSER cache-admin +@all ~*")
    let keys = try await fleet.cacheAdministrator.command(["KEYS", "*"])
    #expect(keys.elements == [])
  }

  // MARK: After a newer release

  @Test func `objects of a newer release break no right, and no account has a grant on them`() async throws {
    for sql in NewerSchema.additions { try await fleet.asAdministrator(sql) }
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.access.plan().flatMap(\.value.steps).map(\.text) == [])
    #expect(try await fleet.proof().violations.map(\.description) == [])
    for account in fleet.manifest.databaseAccounts.map(\.name) {
      let service = try fleet.database(as: account)
      let error = await #expect(throws: DatabaseError.self) {
        try await service.unsafeQuery(unsafeSQL: "SELECT id FROM notes")
      }
      #expect(error?.isPermissionDenied == true, "\(account)")
      await service.close()
    }
    for sql in NewerSchema.removals { try await fleet.asAdministrator(sql) }
  }

  @Test func `grants on objects of a newer release are reported by verify, and apply revokes them`()
    async throws
  {
    for sql in NewerSchema.additions { try await fleet.asAdministrator(sql) }
    try await fleet.asAdministrator(
      "GRANT SELECT ON notes TO \"connector-rw\"", "GRANT SELECT (locale) ON users TO \"analytics-ro\"",
      "GRANT INSERT (trace) ON events TO \"connector-rw\"")
    #expect(
      try await fleet.deviations().map(\.named) == [
        .init("connector-rw", "events", "INSERT", "trace"), .init("connector-rw", "notes", "SELECT"),
        .init("analytics-ro", "users", "SELECT", "locale"),
      ])
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.proof().violations.map(\.description) == [])
    for sql in NewerSchema.removals { try await fleet.asAdministrator(sql) }
  }

  // MARK: Changes by hand

  @Test func `an account with a row scope cannot choose the ids of rows`()
    async throws
  {
    let trigger = try fleet.database(as: "twitch-trigger")
    let taking =
      "(id, type, source, subject, payload, occurred_at) VALUES (1, 'x', 'twitch-trigger', 'x', '{}', now())"
    for sql in ["INSERT INTO events \(taking)", "UPDATE platform_integrations SET id = 1"] {
      let error = await #expect(throws: DatabaseError.self) { try await trigger.unsafeQuery(unsafeSQL: sql) }
      #expect(error?.isPermissionDenied == true)
    }
    await trigger.close()
  }

  @Test func `a superuser outside the manifest is reported, and the plan leaves it alone`()
    async throws
  {
    try await fleet.asSuperuser("CREATE ROLE owner_of_all SUPERUSER")
    #expect(try await fleet.deviations().map(\.named) == [.init("owner_of_all", "role", "SUPERUSER")])
    #expect(try await fleet.access.plan().flatMap(\.value.steps).map(\.text) == [])
    try await fleet.asSuperuser("DROP ROLE owner_of_all")
  }

  @Test(.timeLimit(.minutes(8)))
  func `a service's account cannot block a change of rights`() async throws {
    let service = try fleet.database(as: "twitch-trigger")
    try await service.session("hold locks") { (session) throws(DatabaseError) in
      _ = try await session.unsafeQuery(unsafeSQL: "BEGIN")
      _ = try await session.unsafeQuery(unsafeSQL: "LOCK TABLE schema_migrations IN ACCESS SHARE MODE")
      let applied = try? await fleet.access.apply()
      #expect(applied != nil)
      _ = try await session.unsafeQuery(unsafeSQL: "ROLLBACK")
    }
    await service.close()
  }

  @Test func `a grant by a grantee is reported with its grantor and revoked with the grant option`()
    async throws
  {
    try await fleet.asAdministrator(#"GRANT SELECT ON users TO "backend-api-rw" WITH GRANT OPTION"#)
    let grantee = try fleet.database(as: "backend-api-rw")
    _ = try await grantee.unsafeQuery(unsafeSQL: #"GRANT SELECT ON users TO "connector-rw""#)
    await grantee.close()
    let handedOn = try await fleet.deviations().filter { $0.account == "connector-rw" }
    #expect(handedOn.map(\.grantor) == ["backend-api-rw"])
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `a dropped account is created again with all its rights`() async throws {
    try await fleet.asSuperuser(#"DROP OWNED BY "twitch-trigger""#, #"DROP ROLE "twitch-trigger""#)
    #expect(try await fleet.deviations().contains { $0.message == "account twitch-trigger does not exist" })
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.proof().isClean)
  }

  @Test func `the rendered SQL makes a database match the manifest, except for the passwords`() async throws {
    for account in fleet.manifest.databaseAccounts.map(\.name) {
      try await fleet.asSuperuser("DROP OWNED BY \"\(account)\"", "DROP ROLE \"\(account)\"")
    }
    for table in fleet.manifest.rowScopedTables {
      try await fleet.asAdministrator("DROP POLICY \"migrate-admin all\" ON \(table)")
    }
    let sql = PostgresRights(fleet.manifest).sql(database: ServerFleet.database)
    for statement in sql.split(separator: ";\n") where !statement.hasPrefix("--") {
      try await fleet.asAdministratorInOrder(String(statement))
    }
    let left = try await fleet.deviations()
    #expect(left.allSatisfy { $0.privilege == "PASSWORD" }, "\(left.map(\.message))")
    #expect(left.count == fleet.manifest.databaseAccounts.count)
    _ = try await fleet.access.apply()
    #expect(try await fleet.proof().isClean)
  }

  @Test func `the setting createrole_self_grant cannot make the administrator a member of an account`()
    async throws
  {
    try await fleet.asSuperuser(
      "ALTER SYSTEM SET createrole_self_grant = 'set, inherit'", "SELECT pg_reload_conf()")
    try await fleet.asSuperuser(#"DROP OWNED BY "analytics-ro""#, #"DROP ROLE "analytics-ro""#)
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
    try await fleet.asSuperuser("ALTER SYSTEM RESET createrole_self_grant", "SELECT pg_reload_conf()")
  }

  @Test func `a server that does not check passwords is reported`() async throws {
    let accounts = fleet.manifest.databaseAccounts.count
    try await fleet.admitEveryone(by: "trust")
    // The server reloads its rules asynchronously.
    try await eventually("the server does not check passwords") {
      try await fleet.deviations().count == accounts
    }
    let found = try await fleet.deviations()
    #expect(found.allSatisfy { $0.message.contains("without checking its password") })
    try await fleet.admitEveryone(by: "scram-sha-256")
    try await eventually("the server checks passwords") { try await fleet.deviations().isEmpty }
  }

  @Test func `a server that does not check one account's password is reported with that account`()
    async throws
  {
    try await fleet.admit("discord-trigger", by: "trust")
    try await eventually("the server does not check one password") {
      try await fleet.deviations().map(\.account) == ["discord-trigger"]
    }
    try await fleet.admitEveryone(by: "scram-sha-256")
    try await eventually("the server checks passwords") { try await fleet.deviations().isEmpty }
  }
}
