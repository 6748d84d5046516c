import AccessPlanning
import DataAccess
import TestSupport
import Testing

@testable import PostgresAdministration

/// Accounts that a run keeps out, while the changes that let them in again wait or fail.
@Suite(.serialized, .ownServers) struct SuspendedLoginTests {
  private static let limits = LockLimits(totalMilliseconds: 1_500)

  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  /// Runs `body` while a session of the superuser has read a table.
  private func holding(_ table: String, _ body: () async throws -> Void) async throws {
    let holder = fleet.postgres.superuser
    try await fleet.withSession(as: holder.name, password: holder.password) { session in
      try await session.run("BEGIN")
      try await session.run("SELECT count(*) FROM \(table)")
      try await body()
      try await session.run("ROLLBACK")
    }
  }

  /// The error names the holder and the account, and does not deny that something was changed.
  private func expect(_ error: AccessError?, names account: String) {
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("\(account) could not log in meanwhile, and can again"), "\(words)")
    #expect(words.contains(" is held by \(fleet.postgres.superuser.name)"), "\(words)")
    #expect(!words.contains("nothing was changed"), "\(words)")
  }

  @Test func `an apply whose changes wait for too long lets the account in again, with what it had`()
    async throws
  {
    try await fleet.asAdministrator("CREATE ROLE helper", #"GRANT helper TO "connector-rw""#)
    try await fleet.asSuperuser(#"ALTER POLICY "twitch-trigger insert" ON events WITH CHECK (true)"#)
    try await holding("events") {
      let error = await #expect(throws: AccessError.self) {
        _ = try await fleet.access(limits: Self.limits).apply()
      }
      expect(error, names: "connector-rw")
      #expect(try await fleet.canLogin("connector-rw") == true)
      try await fleet.act(as: "connector-rw", "SET ROLE helper")
    }
    _ = try await fleet.access.apply()
    #expect(try await fleet.canLogin("connector-rw") == true)
    try await fleet.asAdministrator("DROP ROLE helper")
    #expect(try await fleet.deviations() == [])
  }

  @Test func `a bootstrap whose repairs wait for too long lets the account in again`() async throws {
    try await fleet.asSuperuser(
      #"GRANT pg_read_all_stats TO "analytics-ro""#,
      #"ALTER TABLE rollups OWNER TO "\#(fleet.postgres.superuser.name)""#)
    try await holding("rollups") {
      let error = await #expect(throws: AccessError.self) {
        _ = try await fleet.bootstrap(waiting: Self.limits).run()
      }
      expect(error, names: "analytics-ro")
      try await fleet.act(as: "analytics-ro", "SELECT 1")
    }
    _ = try await fleet.bootstrap.run()
    _ = try await fleet.access.apply()
    #expect(try await fleet.canLogin("analytics-ro") == true)
    #expect(try await fleet.deviations() == [])
  }

  @Test func `an account that cannot be let in again is named, with the statement that does it`() async throws
  {
    let logins = SuspendedLogins(["gone-rw"], in: fleet.administrator)
    let error = await #expect(throws: AccessError.self) {
      try await logins.keepingOut { (logins) async throws(AccessError) -> Void in
        try await logins.close { () async throws(AccessError) -> [String] in ["gone-rw"] }
        throw .database(DatabaseError(.connectionLost, operation: "change", detail: "the server went away"))
      }
    }
    let words = error.map { "\($0)" } ?? ""
    for part in [
      "the server went away", "gone-rw still has no login", "does not exist", #"ALTER ROLE "gone-rw" LOGIN"#,
    ] {
      #expect(words.contains(part), "\(words)")
    }
  }

  @Test func `an account whose sessions go on stays without a login, and is named`() async throws {
    let logins = SuspendedLogins(["connector-rw"], in: fleet.administrator)
    try await fleet.asAdministrator(#"ALTER ROLE "connector-rw" NOLOGIN"#)
    let error = await #expect(throws: AccessError.self) {
      try await logins.keepingOut { (logins) async throws(AccessError) -> Void in
        try await logins.close { () async throws(AccessError) -> [String] in ["connector-rw"] }
        logins.sessionsGoOn(of: ["connector-rw"])
        throw .unsupported("a failure")
      }
    }
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("connector-rw stays without a login, because its sessions go on"), "\(words)")
    #expect(try await fleet.canLogin("connector-rw") == false)
    _ = try await fleet.access.apply()
    #expect(try await fleet.canLogin("connector-rw") == true)
  }

  @Test func `a run whose account another run lets in takes nothing as done, and the next one completes it`()
    async throws
  {
    try await fleet.asAdministrator("CREATE ROLE helper", #"GRANT helper TO "connector-rw""#)
    try await fleet.asSuperuser(#"ALTER POLICY "twitch-trigger insert" ON events WITH CHECK (true)"#)
    let run = Task { try await fleet.access(limits: LockLimits(attemptMilliseconds: 6_000)).apply() }
    try await holding("events") {
      try await eventually("the account is kept out, and an attempt waits for the table") {
        let waiting = try await fleet.administrator.unsafeQuery(
          unsafeSQL: "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'events'::regclass",
          label: "count waits", isRead: true)
        return try await fleet.canLogin("connector-rw") == false && waiting.integer(0, 0) > 0
      }
      // As a run does that fails in between. It waits for the end of the attempt.
      try await fleet.asAdministrator(#"ALTER ROLE "connector-rw" LOGIN"#)
    }
    let error = await #expect(throws: AccessError.self) { _ = try await run.value }
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("another run has let connector-rw log in meanwhile"), "\(words)")
    #expect(!words.contains("could not log in"), "\(words)")
    _ = try await fleet.access.apply()
    #expect(try await fleet.canLogin("connector-rw") == true)
    try await fleet.asAdministrator("DROP ROLE helper")
    #expect(try await fleet.deviations() == [])
  }

  @Test func `from the reading to the end of its changes, no other run can let an account in`() async throws {
    let account = "connector-rw"
    try await fleet.asAdministrator(#"ALTER ROLE "connector-rw" NOLOGIN"#)
    let refusal = await #expect(throws: DatabaseError.self) {
      try await fleet.administrator.transaction { (transaction) throws(DatabaseError) in
        _ = try await PostgresCatalogReader(transaction).read(keepingOut: [account])
        try await fleet.superuser.transaction { (other) throws(DatabaseError) in
          try await other.change("SET LOCAL lock_timeout = '200ms'", label: "limit waits")
          try await other.change(PostgresPlanner.admit(account), label: "let in")
        }
      }
    }
    #expect(refusal?.isLockConflict == true && refusal?.operation == "let in")
    try await fleet.asAdministrator(PostgresPlanner.admit(account))
    let open = await #expect(throws: DatabaseError.self) {
      try await fleet.administrator.transaction { (transaction) throws(DatabaseError) in
        _ = try await PostgresCatalogReader(transaction).read(keepingOut: [account])
      }
    }
    #expect(open?.detail?.contains("another run has let connector-rw log in meanwhile") == true)
    #expect(try await fleet.deviations() == [])
  }

  @Test func `an account that another run lets in at the same time is read again, and not named as shut`()
    async throws
  {
    let account = "connector-rw"
    try await fleet.asAdministrator(#"ALTER ROLE "connector-rw" NOLOGIN"#)
    let logins = SuspendedLogins([account], in: fleet.administrator)
    let failed = try await fleet.superuser.transaction { (other) async throws(DatabaseError) in
      try await other.change(PostgresPlanner.admit(account), label: "let in")
      let failed = Task {
        try await logins.keepingOut { (logins) async throws(AccessError) -> Void in
          try await logins.close { () async throws(AccessError) -> [String] in [account] }
          throw .unsupported("a failure")
        }
      }
      _ = try await other.unsafeQuery(unsafeSQL: "SELECT pg_sleep(0.5)", label: "wait")
      return failed
    }
    let error = await #expect(throws: AccessError.self) { try await failed.value }
    #expect(error.map { "\($0)" }?.contains("still has no login") == false)
    #expect(try await fleet.canLogin(account) == true)
  }
}
