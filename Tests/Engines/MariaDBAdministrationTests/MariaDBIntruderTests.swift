import AccessPlanning
import DatabaseTestSupport
import Secrets
import TestSupport
import Testing

@testable import MariaDBAdministration

/// Accounts and roles that an intruder made, and its sessions, which are open while the rights are mended.
@Suite(.serialized) struct MariaDBIntruderTests {
  private static let password = Secret("that of an intruder")

  private static func intruder(_ name: String) -> PostgresServer.Account {
    PostgresServer.Account(name: name, password: password)
  }

  private static var identified: String { "IDENTIFIED BY '\(password.reveal())'" }

  private static let read = "SELECT 1 FROM app_db.users LIMIT 1"

  /// Mends what only the superuser can, and then the rest.
  private static func mend(_ fleet: MariaDBFleet) async throws {
    _ = try await fleet.bootstrap()
    _ = try await fleet.newGrants { try await $0.apply() }
  }

  private static func expectEnded(_ session: DriverSession, _ what: String) async {
    await #expect(throws: (any Error).self, "\(what)") { try await session.run("SELECT 1") }
  }

  // MARK: Roles

  @Test(.enabled(if: !MariaDBServer.hasMySQL, "a role of MySQL has a host"))
  func `a role with the name of an account is named and dropped, and the sessions of its members end`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let role = "`backend-api-rw`"
      try await fleet.asSuperuser(
        "CREATE ROLE \(role)", "GRANT ALL ON app_db.* TO \(role)", "CREATE USER evil \(Self.identified)",
        "GRANT \(role) TO evil")
      try await fleet.withSession(of: Self.intruder("evil")) { session in
        try await session.run("SET ROLE \(role)")
        try await session.run("USE app_db")
        try await session.run(Self.read)
        #expect(try await fleet.deviations().contains { $0.message.hasPrefix("the role backend-api-rw has") })
        #expect(try await fleet.prove().violations.contains { $0.account == "role backend-api-rw" })
        try await Self.mend(fleet)
        await Self.expectEnded(session, "a role of our name")
      }
      #expect(try await fleet.deviations() == [])
      #expect(
        try await fleet.grants().state(using: fleet.superuser).accounts[.init(user: "backend-api-rw")] != nil)

      // A role that others use stays, without its rights on ours.
      try await fleet.asSuperuser(
        "CREATE DATABASE shop", "CREATE ROLE \(role)", "GRANT ALL ON app_db.* TO \(role)",
        "GRANT SELECT ON shop.* TO \(role)", "GRANT \(role) TO evil")
      try await Self.mend(fleet)
      let left = try await fleet.grants().plan()
      #expect(left.steps == [] && left.unmended.map(\.privilege) == ["ROLE"])
      #expect(
        left.unmended.allSatisfy { $0.message.contains("It holds SELECT on shop.*, which is not ours") })
    }
  }

  @Test func `rights on every database are named where a role has them, with those who may use it`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser(
        "CREATE ROLE gods", "CREATE ROLE heaven", "GRANT SELECT ON *.* TO gods",
        "CREATE USER eve \(Self.identified)", "GRANT gods TO heaven", "GRANT heaven TO eve")
      let found = try await fleet.deviations()
      #expect(found.map(\.account) == ["gods"] && found.map(\.privilege) == ["GLOBAL"])
      #expect(found.allSatisfy { $0.message.hasPrefix("gods holds SELECT on every database, which eve") })
      #expect(try await fleet.prove().violations.map(\.account) == ["gods"])
      let plan = try await fleet.grants().plan()
      #expect(plan.steps == [] && plan.unmended == found)
      try await fleet.asSuperuser("DROP ROLE gods")
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test(.enabled(if: MariaDBServer.hasMySQL, "`make test-mysql` runs it, on a real MySQL"))
  func `an account of MySQL that others have as a role is still what it is`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser(
        "CREATE USER evil \(Self.identified)", "GRANT `migrate-admin`@`%` TO evil",
        "GRANT `bulkhead-views`@localhost TO evil",
        "CREATE USER `backend-api-rw`@`10.%`", "GRANT `backend-api-rw`@`10.%` TO evil",
        "CREATE USER `connector-rw`@``")
      let found = try await fleet.deviations().map(\.message)
      for words in [
        "evil holds MEMBER on migrate-admin", "evil holds MEMBER on 'bulkhead-views'@'localhost'",
        "the account 'backend-api-rw'@'10.%' takes the logins",
        "the account 'connector-rw'@'' takes the logins",
      ] {
        #expect(found.contains { $0.hasPrefix(words) }, "\(words): \(found)")
      }
      #expect(try await fleet.prove().violations.filter { $0.account == "evil" }.count == 2)
      try await fleet.withSession(as: "connector-rw", on: 0) { session in
        try await Self.mend(fleet)
        await Self.expectEnded(session, "sessions of that name")
      }
      #expect(try await fleet.deviations() == [])
      #expect(try await fleet.answer(as: "connector-rw", "SELECT 'in'") == "in")
    }
  }

  // MARK: Open sessions

  /// What an intruder may have opened: by statements of the superuser, under a name, for a session that then does something.
  private struct Opening: Sendable, CustomTestStringConvertible {
    let what: String
    let user: String
    let statements: [String]
    var testDescription: String { what }
  }

  private static let openings = [
    Opening(
      what: "a shadow", user: "analytics-ro",
      statements: [
        "CREATE USER `analytics-ro`@`127.0.0.1` \(identified)",
        "GRANT ALL ON *.* TO `analytics-ro`@`127.0.0.1`",
      ]),
    Opening(
      what: "an account without a name", user: "whim",
      statements: ["CREATE USER ``@`127.%` \(identified)", "GRANT SELECT ON app_db.* TO ``@`127.%`"]),
    Opening(
      what: "the definer of the views", user: "bulkhead-views",
      statements: [
        "RENAME USER `bulkhead-views`@localhost TO `bulkhead-views`@`127.0.0.1`",
        "ALTER USER `bulkhead-views`@`127.0.0.1` \(identified) ACCOUNT UNLOCK",
      ]),
    Opening(
      what: "another password", user: "backend-api-rw",
      statements: ["ALTER USER `backend-api-rw`@`%` \(identified)"]),
    Opening(
      what: "a right on the server", user: "connector-rw",
      statements: [
        "ALTER USER `connector-rw`@`%` \(identified)", "GRANT SELECT ON *.* TO `connector-rw`@`%`",
      ]),
    Opening(
      what: "a right of another account on the database", user: "stranger",
      statements: ["CREATE USER stranger \(identified)", "GRANT SELECT ON app_db.* TO stranger"]),
  ]

  @Test func `what an intruder opened is closed together with the sessions that use it`() async throws {
    try await MariaDBFleet.with { fleet in
      for opening in Self.openings {
        _ = try await fleet.grants().apply()
        try await fleet.asSuperuser(opening.statements)
        try await fleet.withSession(of: Self.intruder(opening.user)) { session in
          try await session.run("USE app_db")
          if opening.what == "the definer of the views" {
            try await fleet.asSuperuser(
              "RENAME USER `bulkhead-views`@`127.0.0.1` TO `bulkhead-views`@localhost")
          }
          try await session.run("SELECT 1")
          try await Self.mend(fleet)
          await Self.expectEnded(session, opening.what)
        }
        #expect(try await fleet.deviations().map(\.message) == [], "\(opening.what)")
      }
      let definer = try await fleet.grants().state(using: fleet.administrator).accounts[.viewDefiner]
      #expect(definer.map { MariaDBFleet.catalog.passwords.isUnusable($0.login) } == true)
    }
  }

  @Test func `a definer that is locked again keeps no password and no session`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("ALTER USER `bulkhead-views`@localhost \(Self.identified)")
      #expect(try await fleet.deviations().map(\.privilege) == ["LOGIN"])
      let outcome = try await fleet.grants().apply()
      #expect(outcome.isComplete && outcome.done.count == 1)
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `a right on the database is taken from an account of ours together with its sessions`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("GRANT CREATE ON `app\\_db`.* TO `analytics-ro`@`%`")
      try await fleet.withSession(as: "analytics-ro", on: 0) { session in
        try await Self.mend(fleet)
        await Self.expectEnded(session, "a right on the database")
      }
      #expect(try await fleet.deviations() == [])
      #expect(try await fleet.answer(as: "analytics-ro", "SELECT 'in'") == "in")
    }
  }

  // MARK: Runs that are killed

  /// How far a run comes with a step that ends sessions.
  private enum Cut: CaseIterable {
    case beforeSessionsEnd, beforeLastStatements
  }

  @Test func `a run that is killed within a step that ends sessions is completed by the next one`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      _ = try fleet.credentials.createMissing(for: ["former-rw"])
      let former = try fleet.credentials.password(of: "former-rw")
      let ownPassword = try fleet.credentials.password(of: "analytics-ro")
      for cut in Cut.allCases {
        let changes: [(user: String, password: Secret, statements: [String])] = [
          ("analytics-ro", ownPassword, ["GRANT SELECT, FILE ON *.* TO `analytics-ro`@`%`"]),
          (
            "former-rw", former,
            [
              "DROP USER IF EXISTS `former-rw`@`%`",
              "CREATE USER `former-rw`@`%` IDENTIFIED BY '\(former.reveal())'",
            ]
          ),
          ("backend-api-rw", Self.password, ["ALTER USER `backend-api-rw`@`%` \(Self.identified)"]),
          ("connector-rw", Self.password, ["CREATE USER `connector-rw`@`127.0.0.1` \(Self.identified)"]),
        ]
        for change in changes {
          try await fleet.asSuperuser(change.statements)
          let login = PostgresServer.Account(name: change.user, password: change.password)
          try await fleet.withSession(of: login) { session in
            let steps = try await fleet.grants().plan().steps
            try await Self.cut(try #require(steps.first { $0.text.contains("ACCOUNT LOCK") }), cut, in: fleet)
            try await Self.mend(fleet)
            await Self.expectEnded(session, "\(change.user), \(cut)")
          }
          #expect(try await fleet.deviations().map(\.message) == [], "\(change.user), \(cut)")
        }
      }
      for account in ["analytics-ro", "backend-api-rw", "connector-rw"] {
        #expect(try await fleet.answer(as: account, "SELECT 'in'") == "in")
      }
    }
  }

  /// Runs the first part of a step.
  private static func cut(_ step: PlannedStep, _ cut: Cut, in fleet: MariaDBFleet) async throws {
    var (first, owners): ([String], [PlannedStep.SessionOwner]) = ([], [])
    switch step.action {
    case .statementsEndingSessions(let statements, let of, _): (first, owners) = (statements, of)
    case .setCredential(let account):
      (first, owners) = ([MariaDBPlanner.lock(MariaDBGrantee(user: account))], [.account(account)])
    case .statement, .statements, .statementEndingHolders: break
    }
    try #require(!first.isEmpty)
    let part =
      switch cut {
      case .beforeSessionsEnd: PlannedStep(together: first, reason: "")
      case .beforeLastStatements: PlannedStep(first, endingSessionsOf: owners, shownAs: "", reason: "")
      }
    try await fleet.execute(part)
  }

  // MARK: The administrator's login

  @Test(arguments: ["``@`127.0.0.1`", "`migrate-admin`@`127.0.0.1`"])
  func `an account that takes the administrator's logins is dropped by bootstrap, and apply works again`(
    _ account: String
  ) async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser(
        "CREATE USER \(account) \(Self.identified)", "GRANT SELECT ON app_db.users TO `analytics-ro`@`%`")
      let refused = await #expect(throws: (any Error).self) {
        _ = try await fleet.newGrants { try await $0.verify() }
      }
      #expect("\(String(describing: refused))".contains("1045"))
      #expect(try await fleet.bootstrap().contains { $0.text.hasSuffix("DROP USER IF EXISTS \(account)") })
      let outcome = try await fleet.newGrants { try await $0.apply() }
      #expect(outcome.isComplete && outcome.done.count == 1)
      #expect(try await fleet.newGrants { try await $0.verify().filter { !$0.isNote } } == [])
    }
  }

  // MARK: Rights without an account

  @Test func `rights without an account are removed, and keep no other step from being made`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("CREATE DATABASE shop", "CREATE TABLE shop.prices (id int)")
      let row = "INSERT INTO mysql.db (Host, Db, User, Select_priv) VALUES"
      for (host, database, user) in [
        ("127.%", "app_db", "analytics-ro"), ("127.%", "shop", "analytics-ro"), ("127.%", "app_db", "gone"),
      ] {
        try await fleet.asSuperuser(
          "\(row) ('\(host)', '\(database)', '\(user)', 'Y')", "FLUSH PRIVILEGES",
          "GRANT DELETE ON app_db.rollups TO `twitch-trigger`@`%`")
        let found = try await fleet.deviations().map(\.message)
        #expect(found.contains { $0.contains("'\(user)'@'\(host)' holds SELECT on \(database)") }, "\(found)")
        let outcome = try await fleet.grants().apply()
        #expect(outcome.isComplete, "\(outcome.notes)")
        #expect(try await fleet.deviations() == [], "\(user) in \(database)")
      }
      // What others hold by the same name goes with it, so an operator decides.
      try await fleet.asSuperuser(
        "\(row) ('h', 'app_db', 'gone', 'Y'), ('h', 'shop', 'gone', 'Y')", "FLUSH PRIVILEGES",
        "GRANT DELETE ON app_db.rollups TO `twitch-trigger`@`%`")
      let outcome = try await fleet.grants().apply()
      #expect(outcome.done.count == 1 && outcome.unmended.map(\.account) == ["'gone'@'h'"])
      #expect(
        outcome.unmended.allSatisfy {
          $0.message.hasSuffix("WHERE User = 'gone' AND Host = 'h' AND Db = 'app_db'; FLUSH PRIVILEGES")
        }, "\(outcome.unmended.map(\.message))")
    }
  }

  @Test func `rights that are left of a dropped account of ours do not come back with it`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let accounts = MariaDBServer.hasMySQL ? "user" : "global_priv"
      try await fleet.asSuperuser(
        "GRANT DROP ON app_db.rollups TO `analytics-ro`@`%`",
        "DELETE FROM mysql.\(accounts) WHERE User = 'analytics-ro'", "FLUSH PRIVILEGES")
      #expect(try await fleet.grants().apply().isComplete)
      #expect(try await fleet.deviations() == [])
    }
  }
}
