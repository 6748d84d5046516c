import AccessPlanning
import DataAccess
import DatabaseTestSupport
import Glibc
import Secrets
import TestSupport
import Testing

/// Sessions on PostgreSQL that are open while what they use is taken from their account.
@Suite(.serialized, .ownServers) struct EndedSessionTests {
  static let account = "connector-rw"
  static let guessed = Secret("that of an intruder")

  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  /// What an intruder changed, what its session did then, and what would still be in its power.
  struct Opening: Sendable, CustomTestStringConvertible {
    let what: String
    let statements: [String]
    var first = "SELECT 1"
    var cleanup: [String] = []
    var isGuessed = false
    var testDescription: String { what }
  }

  static let openings = [
    Opening(
      what: "a role that the session has set",
      statements: [
        "CREATE ROLE boss", "GRANT SELECT ON users TO boss", "GRANT boss TO \"\(account)\"",
      ], first: "SET ROLE boss", cleanup: ["DROP OWNED BY boss", "DROP ROLE boss"]),
    Opening(what: "SUPERUSER", statements: ["ALTER ROLE \"\(account)\" SUPERUSER"]),
    Opening(
      what: "another password", statements: ["ALTER ROLE \"\(account)\" PASSWORD '\(guessed.reveal())'"],
      isGuessed: true),
  ]

  @Test(arguments: openings, [false, true])
  func `a session ends with what it would keep, also after a run that was killed`(
    _ opening: Opening, _ isKilled: Bool
  ) async throws {
    let own = try fleet.credentials.password(of: Self.account)
    try await fleet.asSuperuser(opening.statements)
    try await fleet.withSession(as: Self.account, password: opening.isGuessed ? Self.guessed : own) {
      session in
      try await session.run(opening.first)
      // What a run does first.
      if isKilled { try await fleet.asSuperuser("ALTER ROLE \"\(Self.account)\" NOLOGIN") }
      if try await fleet.access.apply().contains(where: { !$0.value.remaining.isEmpty }) {
        _ = try await fleet.bootstrap.run()
      }
      await #expect(throws: (any Error).self) { try await session.run("SELECT 1") }
    }
    for statement in opening.cleanup { try await fleet.asSuperuser(statement) }
    _ = try await fleet.access.apply()
    #expect(try await fleet.deviations().map(\.message) == [])
    try await fleet.withSession(as: Self.account, password: own) { try await $0.run("SELECT 1") }
  }

  @Test(arguments: [false, true])
  func `an account whose session does not end stays without a login until it has`(_ isRetired: Bool)
    async throws
  {
    let own = try fleet.credentials.password(of: Self.account)
    let name = isRetired ? "old-rw" : Self.account
    let change =
      isRetired
      ? [
        "SET ROLE \"migrate-admin\"", "CREATE ROLE \"old-rw\" LOGIN PASSWORD '\(Self.guessed.reveal())'",
        "RESET ROLE",
        "GRANT CONNECT ON DATABASE app_db TO \"old-rw\"",
      ] : ["CREATE ROLE boss", "GRANT boss TO \"\(Self.account)\""]
    try await fleet.superuser.inOneSession(change)
    try await fleet.withSession(as: name, password: isRetired ? Self.guessed : own) { session in
      let process = pid_t(try await session.run("SELECT pg_backend_pid()").integer(0, 0))
      // A stopped process takes no signal to end.
      try #require(kill(process, SIGSTOP) == 0)
      defer { kill(process, SIGCONT) }
      let access = fleet.access(dropsRetired: true)
      var outcomes = try await access.apply().map(\.value)
      if !isRetired, outcomes.contains(where: { $0.notes.isEmpty && !$0.remaining.isEmpty }) {
        let report = try await fleet.bootstrap.runReporting()
        #expect(report.remaining.contains { $0.text.contains("pg_terminate_backend") })
        outcomes = []
      }
      if !outcomes.isEmpty {
        #expect(outcomes.flatMap(\.remaining).contains { $0.text.contains("pg_terminate_backend") })
        #expect(outcomes.flatMap(\.notes).contains { $0.contains("1 session(s) still open of \(name)") })
      }
      #expect(try await fleet.canLogin(name) == false)
    }
    try await eventually("the session is gone") { try await fleet.sessions(of: name) == 0 }
    _ = try await fleet.bootstrap.run()
    _ = try await fleet.access(dropsRetired: true).apply()
    #expect(try await fleet.canLogin(name) == (isRetired ? nil : true))
    if !isRetired { try await fleet.asSuperuser("DROP ROLE boss") }
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `a member of the initial superuser is named, and found by the proof`() async throws {
    let superuser = "\"\(fleet.postgres.superuser.name)\""
    try await fleet.asSuperuser("CREATE ROLE eve LOGIN", "GRANT \(superuser) TO eve")
    #expect(try await fleet.deviations().map(\.account) == ["eve"])
    #expect(try await fleet.access.plan().flatMap(\.value.steps) == [])
    #expect(try await fleet.proof().violations.contains { $0.account == "eve" })
    try await fleet.asSuperuser("DROP ROLE eve")
    #expect(try await fleet.deviations() == [])
  }

  @Test func `a plan says whose sessions end, and lets the account in again last`() async throws {
    try await fleet.asSuperuser("ALTER ROLE \"\(Self.account)\" PASSWORD '\(Self.guessed.reveal())'")
    let texts = try await fleet.access.plan().flatMap { $0.value.steps.map(\.text) }
    try #require(texts.count == 4, "\(texts)")
    #expect(texts[0] == "ALTER ROLE \"\(Self.account)\" NOLOGIN")
    #expect(texts[1].contains("pg_terminate_backend"))
    #expect(texts[2] == "ALTER ROLE \"\(Self.account)\" LOGIN")
    #expect(texts[3].contains("PASSWORD"))
    let done = try await fleet.access.apply().flatMap { $0.value.done.map(\.text) }
    #expect(done == texts)
    #expect(try await fleet.deviations() == [])
  }
}
