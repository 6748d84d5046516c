import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import Testing

@testable import MariaDBAdministration

/// How names, patterns and rows are told apart, and what is left to an operator.
@Suite struct MariaDBOperatorTests {
  private static let stranger = MariaDBGrantee(user: "stranger")

  /// A server that matches the manifest, but for these changes.
  private func comparison(_ change: (inout MariaDBState) -> Void) throws -> MariaDBComparison {
    let manifest = try FleetManifest.load()
    let declared = MariaDBState(declaredBy: manifest, database: MariaDBFleet.database)
    var actual = declared
    change(&actual)
    return MariaDBComparison(declared: declared, actual: actual, manifest: manifest, former: [])
  }

  private func plan(_ comparison: MariaDBComparison) -> AccessPlan {
    MariaDBPlanner(comparison: comparison, focus: .everything, dropsRetired: false).plan
  }

  /// The plan has no step, and names what the comparison names.
  private func expectNamed(_ comparison: MariaDBComparison, _ endings: String...) {
    let plan = plan(comparison)
    #expect(plan.steps.map(\.text) == [])
    #expect(plan.unmended == comparison.deviations.filter { !$0.isNote })
    let messages = comparison.deviations.map(\.message)
    #expect(messages.count == endings.count, "\(messages)")
    for ending in endings {
      #expect(messages.contains { $0.hasSuffix(ending) }, "\(ending): \(messages)")
    }
  }

  // MARK: Patterns

  @Test func `a pattern covers what the server's does`() {
    let covered = [
      ("app\\_db", "app_db"), ("app_db", "appxdb"), ("app%", "app_db"), ("%", ""), ("%%", "app_db"),
      ("a%p%b", "app_db"), ("%_db", "app_db"), ("app\\", "app\\"), ("%\\%", "100%"), ("__", "é"),
    ]
    for (pattern, database) in covered {
      #expect(MariaDBSQL.pattern(pattern, covers: database), "\(pattern) \(database)")
    }
    let others = [
      ("app\\_db", "appxdb"), ("app", "app_db"), ("app_db_", "app_db"), ("%x", "app_db"), ("", "app_db"),
      ("\\%", "100"), ("_", ""), ("_", "é"), ("cafe\u{301}", "caf\u{E9}"),
    ]
    for (pattern, database) in others {
      #expect(!MariaDBSQL.pattern(pattern, covers: database), "\(pattern) \(database)")
    }
    #expect(MariaDBSQL.pattern(of: "a_\u{301}b%") == "a\\_\u{301}b\\%")
  }

  @Test(.timeLimit(.minutes(1))) func `a pattern of many wildcards is compared at once`() {
    let wild = String(repeating: "%", count: 60)
    let name = String(repeating: "a", count: 64)
    #expect(!MariaDBSQL.pattern(wild + "x", covers: name))
    #expect(MariaDBSQL.pattern(wild + "a", covers: name))
    #expect(!MariaDBSQL.pattern(String(repeating: "%a", count: 30) + "x", covers: name))
  }

  // MARK: Names

  @Test func `names that Unicode takes for one are two accounts, and reports show them apart`() throws {
    let names = ["caf\u{E9}", "cafe\u{301}"]
    let comparison = try comparison { actual in
      for (name, right) in zip(names, ["FILE", "SUPER"]) {
        let grantee = MariaDBGrantee(user: name)
        actual.accounts[grantee] = MariaDBAccount()
        actual.privileges.insert(MariaDBPrivilege(right, on: .global, to: grantee))
        actual.privileges.insert(
          MariaDBPrivilege("SELECT", on: .table(database: MariaDBFleet.database, name: "users"), to: grantee))
        actual.views[ExactText(name)] = MariaDBView(
          name: name, definition: "select 1", definer: "x@%", runsAsDefiner: true, checkOption: "NONE")
      }
    }
    let steps = plan(comparison).steps.map { Array($0.text.utf8) }
    for name in names {
      #expect(
        steps.contains(Array("REVOKE SELECT ON `app_db`.`users` FROM `\(name)`@`%`".utf8)), "\(name)")
    }
    #expect(comparison.deviations.filter { $0.privilege == "VIEW" }.count == 2)
    let global = comparison.deviations.filter { $0.privilege == "GLOBAL" }.map(\.message)
    #expect(global.contains { $0.hasPrefix("cafe\\u{301} holds SUPER") })
    #expect(global.contains { $0.hasPrefix("caf\\u{E9} holds FILE") })
  }

  @Test func `a place is another one where a byte differs`() {
    let places: [MariaDBPlace] = [
      .database(pattern: "\u{E9}"), .database(pattern: "e\u{301}"), .table(database: "a", name: "\u{E9}"),
      .table(database: "a", name: "e\u{301}"), .column(database: "a", table: "b", name: "\u{212A}"),
      .column(database: "a", table: "b", name: "K"), .routine(database: "a", kind: "b", name: "K"),
      .role(MariaDBGrantee(user: "K", host: "")), .role(MariaDBGrantee(user: "\u{212A}", host: "")),
      .proxy(MariaDBGrantee(user: "K", host: "")), .global,
    ]
    #expect(Set(places).count == places.count)
    #expect(!MariaDBPlace.database(pattern: "e\u{301}").isIn("\u{E9}"))
  }

  // MARK: Rows that no statement takes

  @Test func `rights and accounts without a host are left to an operator`() throws {
    let (user, place) = ("analytics-ro", MariaDBPlace.database(pattern: "app\\_db"))
    let ours = MariaDBGrantee(user: user, host: "", isBare: false)
    let theirs = MariaDBGrantee(user: "stranger", host: "", isBare: false)
    let row = try comparison { actual in
      for grantee in [ours, theirs] {
        actual.privileges.insert(MariaDBPrivilege("SELECT", on: place, to: grantee))
      }
      actual.accounts[Self.stranger] = MariaDBAccount()
    }
    expectNamed(
      row,
      "DELETE FROM mysql.db WHERE User = 'analytics-ro' AND Host = '' AND Db = 'app\\_db'; FLUSH PRIVILEGES",
      "DELETE FROM mysql.db WHERE User = 'stranger' AND Host = '' AND Db = 'app\\_db'; FLUSH PRIVILEGES")
    let accounts = [ours, MariaDBGrantee(user: "", host: "", isBare: false)]
    expectNamed(
      try comparison { actual in for grantee in accounts { actual.accounts[grantee] = MariaDBAccount() } },
      "DELETE FROM mysql.global_priv WHERE User = 'analytics-ro' AND Host = ''; FLUSH PRIVILEGES",
      "DELETE FROM mysql.global_priv WHERE User = '' AND Host = ''; FLUSH PRIVILEGES")
    // A role with a host is no account either.
    var role = MariaDBAccount()
    role.isRole = true
    let hosted = MariaDBGrantee(user: user, host: "h")
    expectNamed(
      try comparison { $0.accounts[hosted] = role },
      "DELETE FROM mysql.global_priv WHERE User = 'analytics-ro' AND Host = 'h'; FLUSH PRIVILEGES")
  }

  @Test func `a name beyond ASCII in a statement for an operator is the bytes of that name`() throws {
    let grantee = MariaDBGrantee(user: "e\u{301}", host: "", isBare: false)
    expectNamed(
      try comparison { actual in
        actual.privileges.insert(MariaDBPrivilege("SELECT", on: .database(pattern: "app_db"), to: grantee))
      },
      "WHERE User = _utf8mb4 x'65cc81' AND Host = '' AND Db = 'app_db'; FLUSH PRIVILEGES")
  }

  @Test(
    arguments: [
      .database(pattern: ""), .table(database: "", name: "users"), .table(database: "app_db", name: ""),
      .routine(database: "app_db", kind: "PROCEDURE", name: ""),
    ] as [MariaDBPlace])
  func `a row with an empty name is a remark with the statement that removes it`(_ place: MariaDBPlace)
    throws
  {
    let comparison = try comparison { actual in
      let grantee = MariaDBGrantee(user: "analytics-ro")
      actual.privileges.insert(MariaDBPrivilege("SELECT", on: place, to: grantee))
    }
    #expect(comparison.deviations.map(\.kind) == [.remark])
    #expect(
      comparison.deviations.allSatisfy {
        $0.message.contains(" = ''") && $0.message.hasSuffix("; FLUSH PRIVILEGES")
      })
    #expect(plan(comparison).steps.map(\.text) == [] && plan(comparison).unmended == [])
  }

  @Test func `a row that keeps a folded name in another case is left to an operator`() throws {
    let stored = [MariaDBPlace.database(pattern: "APP\\_DB"), .table(database: "App_DB", name: "USERS")]
    let comparison = try comparison { actual in
      actual.accounts[Self.stranger] = MariaDBAccount()
      for place in stored {
        let privilege = MariaDBPrivilege("SELECT", on: place.folded, to: Self.stranger)
        actual.privileges.insert(privilege)
        actual.spellings[privilege] = [place]
      }
    }
    expectNamed(
      comparison, "AND Db = 'APP\\_DB'; FLUSH PRIVILEGES",
      "AND Db = 'App_DB' AND Table_name = 'USERS'; FLUSH PRIVILEGES")
  }

  @Test func `a server that checks no login is named, and no step mends it`() throws {
    expectNamed(try comparison { $0.isUnguarded = true }, "or run FLUSH PRIVILEGES as its superuser")
  }

  // MARK: Accounts that have left rows

  @Test(arguments: [
    MariaDBGrantee(user: "analytics-ro"), .viewDefiner, MariaDBGrantee(user: "migrate-admin"),
  ])
  func `what is left of a missing account is dropped before it is created, and granted after that`(
    _ grantee: MariaDBGrantee
  ) throws {
    let comparison = try comparison { $0.accounts[grantee] = nil }
    let steps = plan(comparison).steps.map(\.text)
    let drop = try #require(steps.firstIndex { $0.hasPrefix("DROP USER IF EXISTS \(grantee.sql)") })
    let create = try #require(steps.firstIndex { $0.hasPrefix("CREATE USER \(grantee.sql)") })
    let grants = steps.indices.filter {
      steps[$0].hasPrefix("GRANT") && steps[$0].contains("TO \(grantee.sql)")
    }
    #expect(drop < create && !grants.isEmpty && grants.allSatisfy { $0 > create })
    #expect(steps.filter { $0.hasPrefix("DROP") }.count == 1)
    let granted = comparison.declared.privileges.filter { $0.grantee == grantee }
    #expect(Set(granted.map(\.place.object)).count == grants.count)
  }

  // MARK: Other applications

  @Test func `a pattern that covers databases of others too is theirs, and is named`() throws {
    let tenant = MariaDBGrantee(user: "tenant")
    func changed(_ pattern: String, _ others: [String]) throws -> MariaDBComparison {
      try comparison { actual in
        actual.accounts[tenant] = MariaDBAccount()
        actual.otherDatabases = Set(others.map { ExactText($0) })
        actual.privileges.insert(MariaDBPrivilege("SELECT", on: .database(pattern: pattern), to: tenant))
      }
    }
    let shared = try changed("app%", ["app_xx", "shop"])
    expectNamed(shared, "run as the superuser: REVOKE SELECT ON `app%`.* FROM `tenant`@`%`")
    #expect(shared.deviations.allSatisfy { $0.message.contains("the pattern covers app_xx too") })
    #expect(
      plan(try changed("app_db", ["app_xx", "shop"])).steps.map(\.text) == [
        "REVOKE SELECT ON `app_db`.* FROM `tenant`@`%`; KILL USER `tenant`"
      ])
  }

  @Test func `the sessions of another account of the same name stay`() throws {
    let (wide, near) = (MariaDBGrantee(user: "report"), MariaDBGrantee(user: "report", host: "127.0.0.1"))
    func owners(of grantee: MariaDBGrantee) throws -> [PlannedStep.SessionOwner] {
      let comparison = try comparison { actual in
        for account in [wide, near] { actual.accounts[account] = MariaDBAccount() }
        actual.privileges.insert(MariaDBPrivilege("SELECT", on: .database(pattern: "app_db"), to: grantee))
      }
      return plan(comparison).steps.flatMap { step -> [PlannedStep.SessionOwner] in
        guard case .statementsEndingSessions(_, let owners, _) = step.action else { return [] }
        return owners
      }
    }
    #expect(try owners(of: wide) == [.login(user: "report", hosts: "%", besides: ["127.0.0.1"])])
    #expect(try owners(of: near) == [.login(user: "report", hosts: "127.0.0.1", besides: [])])
  }
}
