import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import DatabaseTestSupport
import PostgresAdministration
import Synchronization
import TestSupport
import Testing

/// What one account, one setting or one session can do to the tool: the rest is still compared and mended.
@Suite(.serialized, .ownServers) struct ServerTroubleTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  private func expectInOrder() async throws {
    #expect(try await fleet.deviations().map(\.message) == [])
    for answer in try await fleet.access.plan() {
      #expect(answer.value.isEmpty, "\(answer.value.steps.map(\.text))")
    }
  }

  // MARK: Accounts that do not work

  @Test func `an account that locked itself out is its own deviation, and apply lets it in again`()
    async throws
  {
    try await fleet.act(
      as: "connector-rw", #"ALTER ROLE "connector-rw" SET local_preload_libraries = 'nope'"#)
    try await fleet.asAdministrator(#"GRANT SELECT (email) ON users TO "analytics-ro""#)

    let found = try await fleet.deviations()
    #expect(
      Set(found.map(\.privilege)) == ["local_preload_libraries", "PASSWORD", "SELECT"],
      "\(found.map(\.message))")
    let unusable = try #require(found.first { $0.privilege == "PASSWORD" })
    #expect(unusable.message.hasPrefix("the server starts no session of connector-rw: "))
    let plan = try #require(try await fleet.access.plan().first?.value)
    #expect(plan.steps.map(\.text).contains(#"ALTER ROLE "connector-rw" RESET "local_preload_libraries""#))
    let violations = try await fleet.proof().violations
    #expect(violations.contains { $0.account == "connector-rw" && $0.verb == "connect" })
    #expect(violations.contains { $0.account == "analytics-ro" && $0.column == "email" })

    let outcome = try #require(try await fleet.access.apply().first?.value)
    #expect(outcome.isComplete, "\(outcome.unmended.map(\.message))")
    try await expectInOrder()
    #expect(try await fleet.proof().isClean)
  }

  @Test(arguments: ["idle_session_timeout", "statement_timeout", "idle_in_transaction_session_timeout"])
  func `an account whose sessions end at once keeps no other from being compared, proved and mended`(
    _ setting: String
  ) async throws {
    try await fleet.act(as: "connector-rw", #"ALTER ROLE "connector-rw" SET \#(setting) = 1"#)
    try await fleet.asAdministrator(#"GRANT SELECT (email) ON users TO "analytics-ro""#)
    let found = try await fleet.deviations()
    #expect(found.contains { $0.account == "connector-rw" && $0.privilege == setting })
    #expect(found.contains { $0.account == "analytics-ro" && $0.column == "email" })
    let violations = try await fleet.proof().violations
    #expect(violations.contains { $0.account == "analytics-ro" && $0.column == "email" })
    _ = try await fleet.access.apply()
    try await expectInOrder()
    #expect(try await fleet.proof().isClean)
  }

  @Test func `a role that another person created is adopted by bootstrap, and the plan says so`() async throws
  {
    try await fleet.asSuperuser(
      #"DROP OWNED BY "twitch-trigger""#, #"DROP ROLE "twitch-trigger""#,
      #"CREATE ROLE "twitch-trigger" LOGIN PASSWORD 'of another person'"#)
    let found = try await fleet.deviations().map(\.message)
    #expect(
      found.contains(
        "migrate-admin cannot administer twitch-trigger, because another role created it: `bulkhead bootstrap` adopts it"
      ))
    let outcome = try #require(try await fleet.access.apply().first?.value)
    #expect(outcome.remaining.contains { $0.text.contains("PASSWORD '<SCRAM") })
    #expect(outcome.done.contains { $0.text.hasPrefix("GRANT ") })
    _ = try await fleet.bootstrap.run()
    _ = try await fleet.access.apply()
    try await expectInOrder()
    #expect(try await fleet.proof().isClean)
  }

  // MARK: Locks

  @Test(.timeLimit(.minutes(8)))
  func `a table that an account holds ends each command at its limit, with the account's name`() async throws
  {
    let limits = LockLimits(totalMilliseconds: 600, attemptMilliseconds: 100)
    let access = fleet.access(limits: limits)
    let holder = try fleet.database(as: "twitch-trigger")
    try await holder.session("hold a table") { (session) throws(DatabaseError) in
      // The account's own limit would end the session where the machine is busy.
      _ = try await session.unsafeQuery(unsafeSQL: "SET idle_in_transaction_session_timeout = 0")
      _ = try await session.unsafeQuery(unsafeSQL: "BEGIN")
      _ = try await session.unsafeQuery(unsafeSQL: "LOCK TABLE platform_integrations")
      let works: [@Sendable () async throws -> Void] = [
        { _ = try await access.verify() }, { _ = try await access.plan() }, { _ = try await access.apply() },
        { _ = try await fleet.proof(locks: limits) },
      ]
      for work in works {
        let error = await #expect(throws: (any Error).self) { try await work() }
        let words = error.map { "\($0)" } ?? ""
        #expect(words.contains("table platform_integrations is held by twitch-trigger (pid "), "\(words)")
      }
      _ = try await session.unsafeQuery(unsafeSQL: "ROLLBACK")
    }
    await holder.close()
    try await expectInOrder()
  }

  @Test(.timeLimit(.minutes(8)))
  func `the live schema is read as soon as a table that a session holds is free`() async throws {
    let holder = try fleet.database(as: "twitch-trigger")
    let administrator = fleet.administrator
    try await holder.session("hold a table") { (session) throws(DatabaseError) in
      _ = try await session.unsafeQuery(unsafeSQL: "SET idle_in_transaction_session_timeout = 0")
      _ = try await session.unsafeQuery(unsafeSQL: "BEGIN")
      _ = try await session.unsafeQuery(unsafeSQL: "LOCK TABLE platform_integrations")
      let read = Task { try await PostgresAdministration().liveSchema(in: administrator) }
      try? await Task.sleep(for: .seconds(2))
      _ = try await session.unsafeQuery(unsafeSQL: "ROLLBACK")
      let result = await read.result
      #expect(throws: Never.self) { try result.get() }
    }
    await holder.close()
  }

  @Test func `a prepared transaction of an account is a remark with the way to end it`() async throws {
    try await fleet.asSuperuser("ALTER SYSTEM SET max_prepared_transactions = 1")
    try await fleet.restartDatabase()
    let account = try fleet.database(as: "connector-rw")
    try await account.session("leave a transaction") { (session) throws(DatabaseError) in
      for sql in [
        "BEGIN", "LOCK TABLE platform_integrations IN ROW EXCLUSIVE MODE", "PREPARE TRANSACTION 'left'",
      ] {
        _ = try await session.unsafeQuery(unsafeSQL: sql)
      }
    }
    let notes = try await fleet.notes()
    #expect(
      notes.contains {
        $0.account == "connector-rw" && $0.message.contains("'left' of connector-rw is prepared")
      },
      "\(notes.map(\.message))")
    try await account.session("end it") { (session) throws(DatabaseError) in
      _ = try await session.unsafeQuery(unsafeSQL: "ROLLBACK PREPARED 'left'")
    }
    await account.close()
    try await fleet.asSuperuser("ALTER SYSTEM RESET max_prepared_transactions")
    try await fleet.restartDatabase()
    try await expectInOrder()
  }

  @Test(.timeLimit(.minutes(8)))
  func `services go on while apply waits behind an idle reader, and apply ends when the reader does`()
    async throws
  {
    try await fleet.asAdministrator(#"DROP POLICY "twitch-trigger select" ON platform_integrations"#)
    let access = fleet.access()
    let reader = try fleet.database(as: "connector-rw")
    let service = try fleet.database(as: "discord-trigger")
    let select = "SELECT count(*) FROM platform_integrations"
    try await reader.session("read and stay") { (session) throws(DatabaseError) in
      _ = try await session.unsafeQuery(unsafeSQL: "BEGIN")
      _ = try await session.unsafeQuery(unsafeSQL: select)
      let applied = Task { try await access.apply() }
      // Each statement has the account's own timeout of 5 s, and queues behind an attempt of apply.
      for _ in 0..<10 {
        _ = try await service.unsafeQuery(unsafeSQL: select)
        try? await Task.sleep(for: .milliseconds(100))
      }
      #expect(!applied.isCancelled)
      _ = try await session.unsafeQuery(unsafeSQL: "ROLLBACK")
      let done = try? await applied.value.first?.value.done.map(\.text)
      #expect(done?.contains { $0.hasPrefix(#"CREATE POLICY "twitch-trigger select""#) } == true)
    }
    await reader.close()
    await service.close()
    try await expectInOrder()
  }

  // MARK: Steps for the superuser

  @Test func `settings that only a superuser may reset are left to it, and the other steps take effect`()
    async throws
  {
    try await fleet.asSuperuser(
      #"ALTER ROLE "analytics-ro" SET temp_file_limit = '1GB'"#,
      #"ALTER ROLE "connector-rw" SET log_statement = 'ddl'"#,
      #"ALTER ROLE "connector-rw" SET app.foo = 'x'"#,
      "ALTER DATABASE app_db SET log_min_duration_statement = 100")
    try await fleet.asAdministrator(#"GRANT SELECT (email) ON users TO "analytics-ro""#)
    let outcome = try #require(try await fleet.access.apply().first?.value)
    #expect(
      Set(outcome.remaining.map(\.text)) == [
        #"ALTER ROLE "analytics-ro" RESET "temp_file_limit""#,
        #"ALTER ROLE "connector-rw" RESET "log_statement""#,
        #"ALTER ROLE "connector-rw" RESET "app.foo""#,
        #"ALTER DATABASE "app_db" RESET "log_min_duration_statement""#,
      ])
    #expect(
      outcome.done.map(\.text) == [
        #"REVOKE SELECT ("email") ON TABLE "public"."users" FROM "analytics-ro" CASCADE"#
      ])
    #expect(try await fleet.deviations().count == 4)
    #expect(try await fleet.bootstrap.run().count == 4)
    try await expectInOrder()
  }

  @Test func `a step that the server refuses to the administrator is reported, and the others take effect`()
    async throws
  {
    try await fleet.asSuperuser(
      """
      CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_user = 'migrate-admin' THEN RAISE 'not you' USING ERRCODE = '42501'; END IF; END $$
      """, "REVOKE EXECUTE ON FUNCTION refuse() FROM PUBLIC")
    try await fleet.asAdministrator(
      #"GRANT SELECT (email) ON users TO "analytics-ro""#, #"ALTER ROLE "analytics-ro" CONNECTION LIMIT 3"#)
    try await fleet.asSuperuser(
      "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('REVOKE') EXECUTE FUNCTION refuse()")
    let outcome = try #require(try await fleet.access.apply().first?.value)
    #expect(outcome.done.map(\.text) == [#"ALTER ROLE "analytics-ro" CONNECTION LIMIT 20"#])
    #expect(outcome.remaining.map(\.authority) == [.superuser])
    #expect(outcome.notes.first?.hasSuffix("not you") == true, "\(outcome.notes)")
    try await fleet.asSuperuser("DROP EVENT TRIGGER refuse", "DROP FUNCTION refuse()")
    _ = try await fleet.access.apply()
    try await expectInOrder()
  }

  /// Counts the savepoints of the administrator's sessions.
  private final class SavepointCount: StatementObserver {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func completed(_ record: borrowing StatementRecord) {
      if "\(record.operation)" == "savepoint" { count.withLock { $0 += 1 } }
    }
  }

  @Test func `steps share a savepoint, and have one each after a refusal`() async throws {
    let revoked = #"REVOKE INSERT, UPDATE, DELETE ON sessions FROM "backend-api-rw""#
    try await fleet.asAdministrator(revoked)
    let savepoints = SavepointCount()
    fleet.administrator.observe(with: savepoints)
    let outcome = try #require(try await fleet.access.apply().first?.value)
    #expect(
      outcome.done.count == 3 && savepoints.value == 1, "\(outcome.done.map(\.text)) \(savepoints.value)")

    try await fleet.asAdministrator(revoked)
    try await fleet.asSuperuser(
      """
      CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_query() LIKE '%UPDATE%' THEN RAISE 'not you' USING ERRCODE = '42501'; END IF; END $$
      """, "REVOKE EXECUTE ON FUNCTION refuse() FROM PUBLIC",
      "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('GRANT') EXECUTE FUNCTION refuse()")
    let refused = try #require(try await fleet.access.apply().first?.value)
    #expect(refused.done.count == 2 && refused.remaining.count == 1, "\(refused.remaining.map(\.text))")
    #expect(refused.remaining.first?.text.hasPrefix("GRANT UPDATE") == true)
    #expect(refused.notes.count == 1 && savepoints.value == 1 + 1 + 3, "\(savepoints.value)")
    try await fleet.asSuperuser("DROP EVENT TRIGGER refuse", "DROP FUNCTION refuse()")
    _ = try await fleet.access.apply()
    try await expectInOrder()
  }

  @Test func `a bootstrap whose last step fails changes no right`() async throws {
    try await fleet.asSuperuser(
      #"ALTER ROLE "twitch-trigger" BYPASSRLS"#, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
      """
      CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$
      """,
      "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('ALTER DEFAULT PRIVILEGES') "
        + "EXECUTE FUNCTION refuse()")
    await #expect(throws: AccessError.self) { try await fleet.bootstrap.run() }
    let found = try await fleet.deviations()
    #expect(found.contains { $0.account == "twitch-trigger" && $0.privilege == "BYPASSRLS" })
    try await fleet.asSuperuser("DROP EVENT TRIGGER refuse", "DROP FUNCTION refuse()")
    #expect(try await fleet.bootstrap.run().count == 2)
    _ = try await fleet.access.apply()
    try await expectInOrder()
  }

  @Test func `settings that the manifest declares are set by the superuser and match afterwards`()
    async throws
  {
    let manifest = try FleetManifest.load(
      replacing: "account: analytics-ro\n      level: read-only\n",
      by: "account: analytics-ro\n      level: read-only\n      settings: { temp_file_limit: 1GB }\n")
    let outcome = try #require(try await fleet.access(manifest).apply().first?.value)
    #expect(outcome.remaining.map(\.text) == [#"ALTER ROLE "analytics-ro" SET "temp_file_limit" = '1GB'"#])
    #expect(try await fleet.bootstrap(manifest).run().count == 1)
    let left = try await fleet.access(manifest).verify().flatMap(\.value)
    #expect(left.filter { !$0.isNote }.map(\.message) == [])
    #expect(
      try await fleet.deviations().map(\.message) == [
        "temp_file_limit of analytics-ro is 1GB, declared: not set"
      ])
    _ = try await fleet.bootstrap.run()
    try await expectInOrder()
  }

  // MARK: Default privileges

  @Test func `default privileges of an account that may create nothing are a remark and no failure`()
    async throws
  {
    try await fleet.act(as: "twitch-trigger", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
    let found = try await fleet.notes()
    #expect(found.map(\.kind) == [.remark])
    #expect(found.first?.message.contains("twitch-trigger grants SELECT on future tables to PUBLIC") == true)
    #expect(try await fleet.access.plan().allSatisfy(\.value.isEmpty))
    #expect(try await fleet.access.apply().allSatisfy(\.value.isComplete))

    // They are a failure again as soon as the account can create a table.
    try await fleet.asSuperuser(#"GRANT CREATE ON SCHEMA public TO "twitch-trigger""#)
    #expect(try await fleet.deviations().filter { $0.object == "future tables" }.map(\.kind) == [.excess])
    _ = try await fleet.access.apply()
    try await fleet.act(as: "twitch-trigger", "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC")
    try await expectInOrder()
  }

  // MARK: Passwords

  @Test func `a server that checks no password fails the plan and the proof too`() async throws {
    try await fleet.admit("discord-trigger", by: "trust")
    try await eventually("the server does not check one password") {
      try await fleet.deviations().map(\.account) == ["discord-trigger"]
    }
    let plan = try #require(try await fleet.access.plan().first?.value)
    #expect(plan.steps.isEmpty && !plan.isEmpty)
    #expect(plan.unmended.map(\.account) == ["discord-trigger"])
    let violations = try await fleet.proof().violations
    #expect(violations.map(\.account) == ["discord-trigger", "discord-trigger"])
    #expect(violations.map(\.verb) == ["log in without a password", "log in with a wrong password"])
    try await fleet.admitEveryone(by: "scram-sha-256")
    try await eventually("the server checks passwords") { try await fleet.deviations().isEmpty }
    try await expectInOrder()
  }
}
