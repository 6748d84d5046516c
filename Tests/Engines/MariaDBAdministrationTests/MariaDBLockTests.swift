import AccessPlanning
import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

@testable import MariaDBAdministration

/// Steps that wait for what sessions hold.
@Suite(.serialized) struct MariaDBLockTests {
  private static let account = "twitch-trigger"
  private static let view = "app_db.`platform_integrations$twitch-trigger`"
  /// A view that shows more than it should, and an excess of another account.
  private static let changes = [
    "ALTER VIEW \(view) AS SELECT * FROM app_db.platform_integrations",
    "GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`",
    "REVOKE SELECT ON app_db.rollups FROM `analytics-ro`@`%`",
  ]

  private static func hold(_ session: DriverSession) async throws {
    try await session.run("BEGIN")
    try await session.run("SELECT count(*) FROM \(view)")
  }

  @Test func `a transaction of an account does not keep its view from being narrowed`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser(Self.changes)
      try await fleet.withSession(as: Self.account, on: 0) { session in
        try await Self.hold(session)
        let start = ContinuousClock.now
        let outcome = try await fleet.grants().apply()
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(outcome.isComplete)
        #expect(
          outcome.notes.contains { $0.contains("ended the sessions of \(Self.account)") }, "\(outcome.notes)")
        await #expect(throws: (any Error).self) { _ = try await session.run("SELECT 1") }
      }
      #expect(try await fleet.answer(as: Self.account, "SELECT 'in'") == "in")
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `a prepared transaction without a session is named, with the way to end it`() async throws {
    try await MariaDBFleet.with { fleet in
      try await fleet.withSession(of: fleet.servers[0].superuser) { session in
        for sql in [
          "XA START 'left'",
          "INSERT INTO app_db.users (email, password, fs_uniquifier) VALUES ('a@b', 'x', 'y')",
          "XA END 'left'", "XA PREPARE 'left'",
        ] { _ = try await session.execute(Self.query(sql)) }
      }
      var words = ""
      try await eventually("the session has ended") {
        var attempts = LockAttempts(LockLimits())
        words = await attempts.holders(of: ["users"], seenBy: fleet.administrator)
        return !words.contains("(session ")
      }
      #expect(words.hasPrefix("table users is held by a transaction without a session"), "\(words)")
      #expect(words.contains("XA ROLLBACK"), "\(words)")
      // MySQL lists no prepared transaction to an administrator.
      let notes = try await fleet.grants().verify().filter { $0.kind == .remark }.map(\.message)
      let isMentioned = notes.contains { $0.hasPrefix("the transaction 'left' is prepared") }
      #expect(isMentioned == !MariaDBServer.hasMySQL, "\(notes)")
      try await fleet.withSession(of: fleet.servers[0].superuser) {
        _ = try await $0.execute(Self.query("XA ROLLBACK 'left'"))
      }
    }
  }

  /// The driver ends a session in a transaction that no statement of this name has begun.
  private static func query(_ sql: String) -> Query {
    Query(sql: sql, operation: Operation(.other, label: "begin"), isReusable: false)
  }

  @Test func `a lock of another session is named, keeps one step waiting, and no other`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser(
        Self.changes + ["REVOKE ALL ON \(Self.view) FROM `\(Self.account)`@`%`"])
      let grants = fleet.grants(waiting: LockLimits(totalMilliseconds: 2_000))
      try await fleet.withSession(of: fleet.servers[0].superuser) { session in
        try await Self.hold(session)
        let error = await #expect(throws: AccessError.self) { _ = try await grants.apply() }
        let words = error.map { "\($0)" } ?? ""
        for part in ["root@", "\(Self.view.dropFirst("app_db.".count))", "end the sessions"] {
          #expect(words.contains(part), "\(words)")
        }
        let left = try await fleet.deviations()
        // Through the view that shows too much, the account gets no right.
        #expect(left.allSatisfy { $0.object == "platform_integrations$twitch-trigger" }, "\(left)")
        #expect(
          left.contains { $0.privilege == "VIEW" } && left.contains { $0.privilege == "SELECT" }, "\(left)")
        // The account is open as before.
        #expect(try await fleet.answer(as: Self.account, "SELECT 'in'") == "in")
        try await session.run("ROLLBACK")
      }
      #expect(try await fleet.grants().apply().isComplete)
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `an account that is emptied while its view waits gets back what it had`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser(
        "ALTER VIEW \(Self.view) AS SELECT * FROM app_db.platform_integrations",
        "GRANT SELECT ON app_db.* TO `\(Self.account)`@`%`")
      let rows = "SELECT concat(count(*)) FROM \(Self.view)"
      try await fleet.withSession(of: fleet.servers[0].superuser) { session in
        try await Self.hold(session)
        let grants = fleet.grants(waiting: LockLimits(totalMilliseconds: 2_000))
        await #expect(throws: AccessError.self) { _ = try await grants.apply() }
        let left = try await fleet.deviations()
        #expect(left.map(\.privilege) == ["VIEW"], "\(left.map(\.message))")
        #expect(try await fleet.answer(as: Self.account, rows) == "0")
        try await session.run("ROLLBACK")
      }
      #expect(try await fleet.grants().apply().isComplete)
      #expect(try await fleet.deviations() == [])
    }
  }

  private static let grantee = MariaDBGrantee(user: account)

  /// A step that locks an account, and then fails as its connection ends.
  private static func losing(undo: String) -> PlannedStep {
    PlannedStep(
      [MariaDBPlanner.lock(grantee), "KILL CONNECTION_ID()"], endingSessionsOf: [], shownAs: "",
      reason: "a test"
    ).undoing(by: [undo])
  }

  @Test func `an account that a step has locked is open again when the connection is lost`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      await #expect(throws: DatabaseError.self) {
        try await fleet.executeInSession(Self.losing(undo: MariaDBPlanner.unlock(Self.grantee)))
      }
      #expect(try await fleet.answer(as: Self.account, "SELECT 'in'") == "in")
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `an account that stays locked is named, with the statement that opens it`() async throws {
    try await MariaDBFleet.with { fleet in
      let statement = MariaDBPlanner.unlock(MariaDBGrantee(user: "gone-rw"))
      let error = await #expect(throws: DatabaseError.self) {
        try await fleet.executeInSession(Self.losing(undo: statement))
      }
      let words = error?.detail ?? ""
      #expect(words.contains("an account is still locked") && words.contains("or \(statement)"), "\(words)")
    }
  }
}
