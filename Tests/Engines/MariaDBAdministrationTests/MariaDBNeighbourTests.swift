import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import Secrets
import Testing

@testable import MariaDBAdministration

/// The accounts of other applications on the same server.
@Suite struct MariaDBNeighbourTests {
  private static let neighbour = MariaDBGrantee(user: "glpi")
  private static let key = "SERVER TABLES glpi"

  /// A server that matches the manifest, but for these rights of another application.
  private func comparison(
    _ privileges: [MariaDBPrivilege], accounts: [MariaDBGrantee] = [], catalog: RightsCatalog = .mariaDB,
    change: (inout AccessScope) -> Void = { _ in }
  ) throws -> MariaDBComparison {
    var manifest = try FleetManifest.load()
    change(&manifest.scope)
    let declared = MariaDBState(declaredBy: manifest, database: MariaDBFleet.database, catalog: catalog)
    var actual = declared
    for account in accounts + [Self.neighbour] { actual.accounts[account] = MariaDBAccount() }
    for case .role(let role) in privileges.map(\.place) { actual.accounts[role] = MariaDBAccount() }
    actual.privileges.formUnion(privileges)
    return MariaDBComparison(declared: declared, actual: actual, manifest: manifest, former: [])
  }

  private func plan(_ comparison: MariaDBComparison) -> AccessPlan {
    MariaDBPlanner(comparison: comparison, focus: .everything, dropsRetired: false).plan
  }

  /// The steps, each without the end of sessions that follows.
  private func changes(_ comparison: MariaDBComparison) -> [String] {
    plan(comparison).steps.map { step in
      guard case .statementsEndingSessions(let first, let owners, let last) = step.action else {
        return step.text
      }
      #expect(!owners.isEmpty && last.isEmpty)
      return first.joined(separator: "; ")
    }
  }

  @Test(
    arguments: [
      .table(database: "mysql", name: "time_zone_name"), .database(pattern: "glpi"),
      .table(database: "glpi", name: "user"), .column(database: "mysql", table: "help_topic", name: "url"),
    ] as [MariaDBPlace])
  func `rights of another application outside our database are no concern of ours`(
    _ place: MariaDBPlace
  ) throws {
    let comparison = try comparison([MariaDBPrivilege("SELECT", on: place, to: Self.neighbour)])
    #expect(comparison.differences == [])
    #expect(plan(comparison).steps.map(\.text) == [])
  }

  @Test(
    arguments: [
      .table(database: "mysql", name: "user"), .table(database: "mysql", name: "global_priv"),
      .column(database: "mysql", table: "db", name: "Select_priv"), .database(pattern: "mysql"),
      .table(database: "mysql", name: "plugin"), .table(database: "mysql", name: "servers"),
      .table(database: "mysql", name: "general_log"), .table(database: "performance_schema", name: "threads"),
      .routine(database: "mysql", kind: "PROCEDURE", name: "helper"),
      .database(pattern: "my%"), .database(pattern: "_ysql"),
    ] as [MariaDBPlace])
  func `rights of another application on the tables of the server are named, and no plan revokes them`(
    _ place: MariaDBPlace
  ) throws {
    let privileges = [MariaDBPrivilege("SELECT", on: place, to: Self.neighbour)]
    let comparison = try comparison(privileges)
    #expect(comparison.deviations.map(\.account) == ["glpi"])
    #expect(comparison.deviations.allSatisfy { $0.kind == .excess && $0.message.contains(Self.key) })
    #expect(plan(comparison).steps.map(\.text) == [])
    #expect(plan(comparison).unmended == comparison.deviations)

    let adopting = try self.comparison(privileges) { $0.mode = .adopting }
    #expect(adopting.deviations.map(\.kind) == [.outside])
    let accepting = try self.comparison(privileges) { $0.accepts = [Self.key: "a reason"] }
    #expect(accepting.deviations == [] && plan(accepting).unmended == [])
    let leaving = try self.comparison(privileges) { $0.roles = [NamePattern("glpi")] }
    #expect(leaving.differences == [])
  }

  @Test(
    arguments: [.everyone, MariaDBGrantee(user: ""), MariaDBGrantee(user: "", host: "localhost")],
    [
      .database(pattern: "glpi"), .database(pattern: "test"), .table(database: "glpi", name: "user"),
      .column(database: "glpi", table: "user", name: "id"),
      .role(MariaDBGrantee(user: "glpi_role", host: "")),
      .routine(database: "glpi", kind: "PROCEDURE", name: "helper"), .proxy(neighbour),
    ] as [MariaDBPlace])
  func `what everyone holds outside our database is no concern of ours`(
    _ grantee: MariaDBGrantee, _ place: MariaDBPlace
  ) throws {
    let comparison = try comparison([
      MariaDBPrivilege("SELECT", on: place, to: grantee),
      MariaDBPrivilege(
        "SELECT", on: .database(pattern: "glpi"), to: MariaDBGrantee(user: "glpi_role", host: "")),
    ])
    #expect(comparison.differences == [])
    #expect(plan(comparison).steps.map(\.text) == [])
  }

  @Test func `what everyone holds on the server, in our database, or by a role that leads there is revoked`()
    throws
  {
    let (first, second) = (MariaDBGrantee(user: "first", host: ""), MariaDBGrantee(user: "second", host: ""))
    // The manifest leaves this role to others, so its rights stay.
    let exempt = MariaDBGrantee(user: "exempt", host: "")
    let comparison = try comparison([
      MariaDBPrivilege("RELOAD", on: .global, to: .everyone),
      MariaDBPrivilege("SELECT", on: .table(database: MariaDBFleet.database, name: "users"), to: .everyone),
      MariaDBPrivilege("MEMBER", on: .role(first), to: .everyone),
      MariaDBPrivilege("MEMBER", on: .role(second), to: first),
      MariaDBPrivilege("SELECT", on: .global, to: second),
      MariaDBPrivilege("MEMBER", on: .role(exempt), to: .everyone),
      MariaDBPrivilege("SELECT", on: .database(pattern: "app%"), to: exempt),
      // The server matches the host of a proxied account as a pattern.
      MariaDBPrivilege(
        "PROXY", on: .proxy(MariaDBGrantee(user: "connector-rw", host: "10.%")), to: .everyone),
      MariaDBPrivilege("PROXY", on: .proxy(MariaDBGrantee(user: "", host: "")), to: .everyone),
    ]) { $0.roles = [NamePattern("exempt")] }
    #expect(
      Set(changes(comparison)) == [
        "REVOKE RELOAD ON *.* FROM PUBLIC", "REVOKE SELECT ON `app_db`.`users` FROM PUBLIC",
        "REVOKE `first` FROM PUBLIC", "REVOKE `exempt` FROM PUBLIC",
        "REVOKE PROXY ON `connector-rw`@`10.%` FROM PUBLIC", "REVOKE PROXY ON ``@`` FROM PUBLIC",
      ])
  }

  @Test func `a role of others that loses its right on our database keeps its members`() throws {
    let role = MariaDBGrantee(user: "shop_reader", host: "")
    let comparison = try comparison([
      MariaDBPrivilege("MEMBER", on: .role(role), to: .everyone),
      MariaDBPrivilege("SELECT", on: .database(pattern: "shop"), to: role),
      MariaDBPrivilege("SELECT", on: .table(database: MariaDBFleet.database, name: "users"), to: role),
    ])
    #expect(plan(comparison).steps.map(\.text) == ["REVOKE SELECT ON `app_db`.`users` FROM `shop_reader`"])
    // Until then the proof tries the role.
    #expect(comparison.rolesForEveryone(besides: comparison.rolesToOurs) == [])
    #expect(comparison.rolesForEveryone(besides: comparison.lastingRolesToOurs) == [role])
  }

  @Test(
    arguments: [.everyone, MariaDBGrantee(user: ""), MariaDBGrantee(user: "", host: "localhost")],
    [
      .database(pattern: "my%"), .database(pattern: "performance_schema"), .database(pattern: "perf%"),
      .table(database: "mysql", name: "general_log"), .table(database: "performance_schema", name: "threads"),
      .column(database: "mysql", table: "column_stats", name: "min_value"),
    ] as [MariaDBPlace])
  func `what everyone holds on the tables of the server is named, and no plan revokes it`(
    _ grantee: MariaDBGrantee, _ place: MariaDBPlace
  ) throws {
    let comparison = try comparison([MariaDBPrivilege("SELECT", on: place, to: grantee)])
    #expect(comparison.deviations.map(\.privilege) == [MariaDBDifference.serverTables])
    #expect(comparison.deviations.map(\.kind) == [.excess])
    #expect(plan(comparison).steps.map(\.text) == [])
    #expect(plan(comparison).unmended == comparison.deviations)
  }

  @Test(
    arguments: [
      .table(database: "mysql", name: "user"), .database(pattern: "my%"),
      .table(database: "mysql", name: "slow_log"),
    ] as [MariaDBPlace])
  func `a role that everyone has and that leads to the tables of the server is taken from everyone`(
    _ place: MariaDBPlace
  ) throws {
    let role = MariaDBGrantee(user: "audit", host: "")
    let comparison = try comparison([
      MariaDBPrivilege("MEMBER", on: .role(role), to: .everyone),
      MariaDBPrivilege("SELECT", on: place, to: role),
    ])
    #expect(changes(comparison) == ["REVOKE `audit` FROM PUBLIC"])
    #expect(comparison.rolesForEveryone(besides: comparison.rolesToOurs) == [])
  }

  @Test func `what everyone holds in databases of others is a note`() throws {
    let comparison = try comparison([
      MariaDBPrivilege("CREATE VIEW", on: .database(pattern: "test"), to: .everyone)
    ])
    #expect(comparison.deviations.map(\.kind) == [.outside])
    #expect(comparison.deviations.allSatisfy { $0.message.hasPrefix("PUBLIC holds CREATE VIEW on test.*") })
    #expect(plan(comparison).unmended == [])
  }

  // MARK: Code of other databases

  private func deviations(
    of code: MariaDBCodeElsewhere, _ privileges: [MariaDBPrivilege],
    change: (inout AccessScope) -> Void = { _ in }
  ) throws -> [Deviation] {
    let root = MariaDBPrivilege("SELECT", on: .global, to: MariaDBGrantee(user: "root", host: "localhost"))
    let base = try comparison(privileges + [root], change: change)
    var actual = base.actual
    actual.codeElsewhere = [code]
    let changed = MariaDBComparison(
      declared: base.declared, actual: actual, manifest: base.manifest, former: [])
    #expect(plan(changed).steps.map(\.text) == [])
    let found = changed.deviations.filter { !$0.isNote }
    #expect(plan(changed).unmended == found)
    return found
  }

  private static func code(_ kind: String, by definer: String) -> MariaDBCodeElsewhere {
    MariaDBCodeElsewhere(
      database: "shop", code: MariaDBCode(kind: kind, name: "helper", definer: definer, runsAsDefiner: true))
  }

  @Test(
    arguments: [
      .database(pattern: "sho_"), .routine(database: "shop", kind: "PROCEDURE", name: "helper"),
    ] as [MariaDBPlace])
  func `code of another database is named where everyone may call it with rights on ours`(
    _ place: MariaDBPlace
  ) throws {
    let role = MariaDBGrantee(user: "shop_reader", host: "")
    let direct = [MariaDBPrivilege("EXECUTE", on: place, to: .everyone)]
    let byRole = [
      MariaDBPrivilege("MEMBER", on: .role(role), to: .everyone),
      MariaDBPrivilege("EXECUTE", on: place, to: role),
    ]
    let byRoot = Self.code("procedure", by: "root@localhost")
    for rights in [direct, byRole] {
      let found = try deviations(of: byRoot, rights)
      #expect(found.map(\.object) == ["shop.helper"] && found.map(\.account) == ["PUBLIC"])
      let accepted = try deviations(of: byRoot, rights) { $0.accepts = ["PROCEDURE shop.helper": "a reason"] }
      let ofOthers = try deviations(of: Self.code("procedure", by: "glpi@%"), rights)
      #expect(accepted == [] && ofOthers == [])
    }
    let ofNeighbour = try deviations(
      of: byRoot, [MariaDBPrivilege("EXECUTE", on: place, to: Self.neighbour)])
    #expect(ofNeighbour == [])
  }

  @Test(arguments: ["event", "procedure"])
  func `code that an account of ours left in another database is named`(_ kind: String) throws {
    let code = Self.code(kind, by: "connector-rw@%")
    let found = try deviations(of: code, [])
    #expect(found.map(\.account) == ["connector-rw"] && found.map(\.object) == ["shop.helper"])
    let adopting = try deviations(of: code, []) { $0.mode = .adopting }
    #expect(adopting == found)
  }

  @Test func `a nameless account with rights of another application loses ours, and is left to an operator`()
    throws
  {
    let nameless = MariaDBGrantee(user: "", host: "localhost")
    let ours = MariaDBPrivilege("SELECT", on: .database(pattern: "app%"), to: nameless)
    let theirs = MariaDBPrivilege("SELECT", on: .database(pattern: "glpi"), to: nameless)
    let unbound = try comparison([ours], accounts: [nameless])
    #expect(
      plan(unbound).steps.map(\.text) == [
        "ALTER USER ``@`localhost` ACCOUNT LOCK; /* KILL CONNECTION of each session from 'localhost' */; "
          + "DROP USER IF EXISTS ``@`localhost`"
      ])
    let bound = try comparison([ours, theirs], accounts: [nameless])
    #expect(changes(bound) == ["REVOKE SELECT ON `app%`.* FROM ``@`localhost`"])
    #expect(plan(bound).unmended.map(\.privilege) == ["LOGIN"])
    #expect(bound.deviations.contains { $0.message.contains("It holds SELECT on glpi.*, which is not ours") })
    // Rights without an account: no statement takes some of them.
    let row = try comparison([ours, theirs])
    #expect(plan(row).steps.map(\.text) == [])
    #expect(plan(row).unmended.map(\.privilege) == ["SELECT"])
    let statement =
      "DELETE FROM mysql.db WHERE User = '' AND Host = 'localhost' AND Db = 'app%'; FLUSH PRIVILEGES"
    #expect(plan(row).unmended.allSatisfy { $0.message.hasSuffix(statement) })
  }

  @Test func `the mandatory roles of others stay`() throws {
    let (role, theirs) = (MariaDBGrantee(user: "every_role"), MariaDBGrantee(user: "glpi_role", host: "h"))
    let comparison = try comparison(
      [
        MariaDBPrivilege("MEMBER", on: .role(role), to: .everyone),
        MariaDBPrivilege("MEMBER", on: .role(theirs), to: .everyone),
        MariaDBPrivilege("RELOAD", on: .global, to: role),
      ], catalog: .mySQL)
    #expect(
      changes(comparison).contains("SET PERSIST mandatory_roles = '`glpi_role`@`h`'"))
    // The one that stays keeps the accounts from their views, and the other one has a right on the server.
    let unmended = plan(comparison).unmended
    #expect(unmended.map(\.privilege) == ["GLOBAL", MariaDBDifference.mandatoryRoles])
    #expect(unmended.last?.message.contains("('glpi_role'@'h')") == true)
  }

  @Test(arguments: [AccessScope.Mode.strict, .adopting])
  func `a mandatory role is named where the manifest has views of rows`(_ mode: AccessScope.Mode) throws {
    let role = MariaDBPrivilege(
      "MEMBER", on: .role(MariaDBGrantee(user: "glpi_role", host: "h")), to: .everyone)
    let named = try comparison([role], catalog: .mySQL) { $0.mode = mode }
    #expect(named.deviations.map(\.kind) == [.missing])
    let onMariaDB = try comparison([role]) { $0.mode = mode }
    #expect(onMariaDB.deviations == [])
    var declared = named.declared
    declared.views = [:]
    var actual = named.actual
    actual.views = [:]
    let withoutViews = MariaDBComparison(
      declared: declared, actual: actual, manifest: named.manifest, former: [])
    #expect(withoutViews.deviations == [])
  }

  @Test func `rights of another application in our database are revoked, also by a pattern`() throws {
    let places: [MariaDBPlace] = [
      .table(database: MariaDBFleet.database, name: "users"), .database(pattern: "app%"),
    ]
    let comparison = try comparison(
      places.map { MariaDBPrivilege("SELECT", on: $0, to: Self.neighbour) })
    #expect(
      Set(plan(comparison).steps.map(\.text)) == [
        "REVOKE SELECT ON `app_db`.`users` FROM `glpi`@`%`",
        "REVOKE SELECT ON `app%`.* FROM `glpi`@`%`; KILL USER `glpi`",
      ])
  }
}

/// A database of another application, to which a wrong DB_NAME leads.
@Suite struct MariaDBStrangersDatabaseTests {
  @Test func `bootstrap refuses a database of another application, and takes an empty one`() async throws {
    try await MariaDBFleet.with { fleet in
      let contents = [
        "CREATE TABLE shop.schema_migrations (version varchar(255) PRIMARY KEY)",
        "CREATE TABLE shop.schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)",
        "CREATE PROCEDURE shop.helper() SELECT 1",
      ]
      for content in contents {
        try await fleet.asSuperuser(["CREATE DATABASE shop", content])
        let failure = await #expect(throws: AccessError.self) { _ = try await fleet.bootstrap(of: "shop") }
        #expect(failure?.description.contains("that no migration of ours made") == true)
        try await fleet.asSuperuser(["DROP DATABASE shop"])
      }
      // The accounts serve the database with the record, and no other one takes them.
      try await fleet.asSuperuser([
        "CREATE DATABASE shop", "RENAME TABLE app_db.schema_migrations TO app_db.schema_migrations_former",
      ])
      _ = try await fleet.bootstrap(of: "shop")
    }
  }
}

/// A superuser that may not change every account, as the one of a provider.
@Suite struct MariaDBProviderTests {
  @Test(.enabled(if: MariaDBServer.hasMySQL, "`make test-mysql` runs it, on a real MySQL"))
  func `a bootstrap names what the server refused to the superuser, and does the rest`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let master = PostgresServer.Account(name: "master", password: Secret("the one of a provider"))
      try await fleet.asSuperuser([
        "CREATE USER master IDENTIFIED BY '\(master.password.reveal())'",
        "GRANT ALL ON *.* TO master WITH GRANT OPTION", "REVOKE SYSTEM_USER ON *.* FROM master",
        "CREATE PROCEDURE app_db.helper() SELECT 1",
        "CREATE USER guarded", "GRANT SYSTEM_USER ON *.* TO guarded",
        "GRANT EXECUTE ON PROCEDURE app_db.helper TO guarded",
        "CREATE USER stranger", "GRANT EXECUTE ON PROCEDURE app_db.helper TO stranger",
      ])
      let error = await #expect(throws: AccessError.self) { _ = try await fleet.bootstrap(as: master) }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.contains("the server refused REVOKE EXECUTE") && text.contains("guarded"), "\(text)")
      #expect(!text.contains("stranger"), "\(text)")
      let left = try await fleet.deviations().map(\.message)
      #expect(left.contains { $0.hasPrefix("guarded holds EXECUTE") }, "\(left)")
      #expect(!left.contains { $0.hasPrefix("stranger holds EXECUTE") }, "\(left)")
    }
  }
}
