import AccessPlanning
import DatabaseTestSupport
import Secrets
import TestSupport
import Testing

@testable import MariaDBAdministration

/// Rows that were written into the server's own tables, and what the server makes of them.
@Suite(.serialized) struct MariaDBRowTests {
  private static let right = "INSERT INTO mysql.db (Host, Db, User, Select_priv) VALUES"

  /// Runs the statements that a deviation names for an operator.
  private static func follow(_ deviations: [Deviation], in fleet: MariaDBFleet) async throws {
    for deviation in deviations {
      let marks = ["on each node: ", "as the superuser: "]
      let mark = try #require(marks.first { deviation.message.contains($0) }, "\(deviation.message)")
      let start = try #require(deviation.message.firstRange(of: mark)).upperBound
      for statement in deviation.message[start...].split(separator: "; ") {
        try await fleet.asSuperuser(String(statement))
      }
    }
  }

  /// The deviations have these words, no step mends them, and their own statements do.
  private static func expectLeft(_ words: [String], in fleet: MariaDBFleet) async throws {
    let found = try await fleet.deviations()
    for word in words {
      #expect(found.contains { $0.message.contains(word) }, "\(word): \(found.map(\.message))")
    }
    _ = try await fleet.bootstrap()
    let outcome = try await fleet.grants().apply()
    #expect(outcome.done.map(\.text) == [] && outcome.remaining.map(\.text) == [])
    #expect(outcome.unmended == found)
    #expect(try await fleet.deviations() == found)
    try await follow(found, in: fleet)
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test(.enabled(if: !MariaDBServer.hasMySQL, "an empty host of MySQL is one that statements name"))
  func `rows without a host stay named until an operator's statement removes them`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let intruder = PostgresServer.Account(name: "stranger", password: Secret("that of an intruder"))
      let verifier = MariaDBPasswordHash.text(for: intruder.password)
      let login = "{\"plugin\": \"mysql_native_password\", \"authentication_string\": \"\(verifier)\"}"
      try await fleet.asSuperuser(
        "CREATE USER stranger IDENTIFIED BY '\(intruder.password.reveal())'",
        "\(Self.right) ('', 'app\\_db', 'analytics-ro', 'Y'), ('', 'app\\_db', 'stranger', 'Y')",
        "INSERT INTO mysql.global_priv VALUES ('', 'connector-rw', '\(login)'), ('', '', '\(login)')",
        "FLUSH PRIVILEGES")
      try await fleet.withSession(of: intruder) { try await $0.run("SELECT 1 FROM app_db.users LIMIT 1") }
      try await Self.expectLeft(
        [
          "'analytics-ro'@'' holds SELECT", "'stranger'@'' holds SELECT",
          "the account 'connector-rw'@'' takes the logins of connector-rw", "''@'' has no name",
        ], in: fleet)
      try await fleet.withSession(of: intruder) { session in
        await #expect(throws: (any Error).self) {
          try await session.run("SELECT 1 FROM app_db.users LIMIT 1")
        }
      }
      for account in ["analytics-ro", "connector-rw"] {
        #expect(try await fleet.answer(as: account, "SELECT 'in'") == "in")
      }
    }
  }

  @Test func `an account whose row is gone comes back with its rights`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let table = MariaDBServer.hasMySQL ? "user" : "global_priv"
      let whole = try await fleet.grants().state(using: fleet.superuser).privileges
      for account in ["analytics-ro", "bulkhead-views", "migrate-admin"] {
        try await fleet.asSuperuser(
          "DELETE FROM mysql.\(table) WHERE User = '\(account)'", "FLUSH PRIVILEGES")
        _ = try await fleet.bootstrap()
        let outcome = try await fleet.newGrants { try await $0.apply() }
        #expect(outcome.isComplete, "\(account): \(outcome.notes)")
        #expect(try await fleet.deviations().map(\.message) == [], "\(account)")
        #expect(try await fleet.grants().state(using: fleet.superuser).privileges == whole, "\(account)")
      }
      #expect(try await fleet.answer(as: "analytics-ro", "SELECT 'in'") == "in")
    }
  }

  @Test func `bootstrap makes the server enforce the rows that verify reads`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let user = PostgresServer.Account(name: "stranger", password: Secret("that of a stranger"))
      try await fleet.asSuperuser(
        "CREATE USER stranger IDENTIFIED BY '\(user.password.reveal())'",
        "GRANT SELECT ON app_db.* TO stranger",
        "DELETE FROM mysql.db WHERE User = 'stranger'")
      let read = "SELECT 1 FROM app_db.users LIMIT 1"
      #expect(try await fleet.deviations() == [])
      try await fleet.withSession(of: user) { try await $0.run(read) }
      #expect(try await fleet.bootstrap() == [])
      try await fleet.withSession(of: user) { session in
        await #expect(throws: (any Error).self) { try await session.run(read) }
      }
    }
  }

  @Test func `a row without a database changes nothing, and is a remark`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("\(Self.right) ('%', '', 'analytics-ro', 'Y')", "FLUSH PRIVILEGES")
      try await fleet.withSession(as: "analytics-ro", on: 0) { session in
        #expect(try await fleet.grants().apply().done == [])
        try await session.run("SELECT 1")
      }
      let notes = try await fleet.grants().verify()
      #expect(notes.map(\.kind) == [.remark])
      try await Self.follow(notes, in: fleet)
      #expect(try await fleet.grants().verify() == [])
    }
  }

  @Test func `strangers whose names Unicode takes for one each lose their rights`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      for name in ["caf\u{E9}", "cafe\u{301}"] {
        try await fleet.asSuperuser("CREATE USER `\(name)`", "GRANT SELECT ON app_db.users TO `\(name)`")
      }
      let accounts = try await fleet.deviations().map(\.account)
      #expect(Set(accounts) == ["caf\\u{E9}", "cafe\\u{301}"])
      #expect(try await fleet.grants().apply().done.count == 2)
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `another application keeps its own databases and its sessions`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let password = Secret("that of another application")
      let identified = "IDENTIFIED BY '\(password.reveal())'"
      try await fleet.asSuperuser(
        "CREATE DATABASE app_xx", "CREATE TABLE app_xx.orders (id int)", "CREATE DATABASE shop",
        "CREATE USER tenant \(identified)", "GRANT SELECT, INSERT ON `app%`.* TO tenant",
        "CREATE USER report@`10.%` \(identified)", "GRANT SELECT ON app_db.* TO report@`10.%`",
        "CREATE USER report@`127.0.0.1` \(identified)", "GRANT SELECT ON shop.* TO report@`127.0.0.1`")
      let logins = ["tenant", "report"].map { PostgresServer.Account(name: $0, password: password) }
      try await fleet.withSession(of: logins[0]) { tenant in
        try await fleet.withSession(of: logins[1]) { report in
          _ = try await fleet.grants().apply()
          _ = try await fleet.bootstrap()
          try await tenant.run("INSERT INTO app_xx.orders VALUES (1)")
          try await report.run("USE shop")
        }
      }
      let left = try await fleet.deviations()
      #expect(Set(left.map(\.account)) == ["tenant"] && left.count == 2, "\(left.map(\.message))")
      #expect(try await fleet.grants().plan().unmended == left)
      try await Self.follow(left, in: fleet)
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test(.enabled(if: !MariaDBServer.hasMySQL, "a MySQL keeps the setting that it was made with"))
  func `a server that folds the names of databases compares them so`() async throws {
    try await MariaDBFleet.with { fleet in
      try await fleet.restart(with: "lower_case_table_names = 1")
      var grants = fleet.grants()
      grants = MariaDBGrants(
        manifest: grants.manifest, credentials: grants.credentials, administrator: grants.administrator,
        database: "App_DB", nodes: grants.nodes)
      _ = try await grants.apply()
      #expect(try await grants.verify().map(\.message) == [])
      #expect(try await grants.plan().steps.map(\.text) == [])
      try await fleet.asSuperuser(
        "CREATE USER stranger", "\(Self.right) ('%', 'APP\\_DB', 'stranger', 'Y')", "FLUSH PRIVILEGES")
      let violations = try await fleet.prove().violations.map(\.description)
      #expect(violations.contains { $0.contains("stranger") && $0.contains("SELECT") }, "\(violations)")
      try await Self.expectLeft(["stranger holds SELECT on database"], in: fleet)
    }
  }
}
