import AccessManifest
import AccessPlanning
import DataAccess
import DatabaseTestSupport
import Foundation
import MariaDBDriver
import Migrations
import Secrets
import TestSupport
import Testing

@testable import MariaDBAdministration

/// Settings that an administrator made for other clients of the server.
@Suite(.serialized) struct MariaDBSettingTests {
  private static let account = "analytics-ro"

  private static func comparison(
    _ settings: [ServerSetting], accepts: [String: String] = [:]
  ) throws -> MariaDBComparison {
    try MariaDBComparison.ofFleet(accepts: accepts) { $0.settings = settings }
  }

  @Test(
    arguments: [
      (.changesOneNode, "WSREP_OSU_METHOD"), (.logsStatements, "BINLOG_FORMAT"),
      (.refusesHashes(by: ["cracklib"]), "STRICT_PASSWORD_VALIDATION"),
    ] as [(ServerSetting, String)])
  func `a setting with which the fleet fails is named, unless the manifest accepts it`(
    setting: ServerSetting, name: String
  ) throws {
    let found = try Self.comparison([setting])
    #expect(found.deviations.map(\.privilege) == [name])
    let plan = MariaDBPlanner(comparison: found, focus: .everything, dropsRetired: false).plan
    #expect(plan.steps == [] && plan.unmended == found.deviations)
    #expect(try Self.comparison([setting], accepts: [name: "a reason"]).deviations == [])
  }

  @Test func `what runs at each login is a remark`() throws {
    let found = try Self.comparison([.runsAtLogin("SET @a = 1")])
    #expect(found.deviations.map(\.privilege) == ["INIT_CONNECT"] && found.deviations.allSatisfy(\.isNote))
    let plan = MariaDBPlanner(comparison: found, focus: .everything, dropsRetired: false).plan
    #expect(plan.isEmpty)
  }

  @Test func `a server that refuses hashes gets none, with the reason`() throws {
    try ServerSetting.requireHashes(in: [.logsStatements, .changesOneNode, .runsAtLogin("x")])
    let error = #expect(throws: AccessError.self) {
      try ServerSetting.requireHashes(in: [.logsStatements, .refusesHashes(by: ["a", "b"])])
    }
    #expect(error.map { "\($0)" }?.contains("checks passwords by a, b and refuses every hash") == true)
  }

  // MARK: Refused changes

  @Test func `an account is as open as before where the server refuses the change that it was locked for`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let grantee = MariaDBGrantee(user: Self.account).sql
      try await fleet.asSuperuser("ALTER USER \(grantee) \(Self.login("another"))")
      let steps = try await fleet.grants().plan().steps
      #expect(steps.map(\.credentialAccount) == [Self.account])
      await #expect(throws: DatabaseError.self) {
        try await fleet.execute(try #require(steps.first), login: "ALTER USER \(grantee) IDENTIFIED BY")
      }
      #expect(
        try await fleet.grants().state(using: fleet.superuser).accounts[.init(user: Self.account)]?.isLocked
          == false)
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("GRANT PROCESS ON *.* TO \(grantee)")
      let reset = try #require(try await fleet.grants().plan().steps.first)
      guard case .statementsEndingSessions(let first, let owners, _) = reset.action else {
        throw SupportError("\(reset.text)")
      }
      let refused = PlannedStep(
        first, endingSessionsOf: owners, shownAs: "", then: ["REVOKE NOTHING"], reason: ""
      ).undoing(by: reset.undo)
      await #expect(throws: DatabaseError.self) { try await fleet.execute(refused) }
      #expect(try await fleet.answer(as: Self.account, "SELECT 'in'") == "in")
      _ = try await fleet.grants().apply()
      #expect(try await fleet.deviations() == [])
    }
  }

  private static func login(_ password: String) -> String {
    let scheme = MariaDBFleet.catalog.passwords
    return scheme.login(scheme.verifier(password))
  }

  private static let plugins = Checkout.path(".tools/newer/usr/lib/mysql/plugin")
  private static var hasPlugin: Bool {
    FileManager.default.fileExists(atPath: plugins + "/simple_password_check.so")
  }

  @Test(
    .enabled(if: !MariaDBServer.hasMySQL, "MySQL takes a hash unchecked"),
    .enabled(if: hasPlugin, "scripts/install.sh test fetches the plugin"))
  func `a server whose plugin checks passwords refuses hashes, and nothing is changed`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.restart(
        with: "plugin-dir = \(Self.plugins)\nplugin-load-add = simple_password_check")
      try await fleet.newGrants { grants in
        #expect(
          try await grants.verify().filter { !$0.isNote }.map(\.privilege) == ["STRICT_PASSWORD_VALIDATION"])
        let before = try fleet.credentials.password(of: Self.account)
        try fleet.credentials.replace(Self.account, with: Secret("another password of the account"))
        let error = await #expect(throws: AccessError.self) { try await grants.apply() }
        #expect(error.map { "\($0)" }?.contains("simple_password_check") == true, "\(error as Any)")
        try fleet.credentials.replace(Self.account, with: before)
        #expect(try await fleet.answer(as: Self.account, "SELECT 'in'") == "in")
        let rotation = PasswordRotation(
          try await fleet.passwords(), store: fleet.credentials,
          limits: .init(deliverySeconds: 0, drainSeconds: 0), time: .init(seconds: { 0 }, sleep: { _ in }),
          progress: { _ in })
        await #expect(throws: AccessError.self) { try await rotation.run([Self.account], .toTheEnd) }
        #expect(try fleet.credentials.content(of: Self.account).other == nil)
        #expect(try await fleet.bootstrap() == [])
      }
    }
  }

  // MARK: The binary log and keys

  @Test func `a fleet lives with a binary log of rows, and refuses one of statements`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.restart(with: "log-bin\nserver-id = 1\nbinlog-format = STATEMENT")
      #expect(
        try await fleet.newGrants { try await $0.verify().filter { !$0.isNote }.map(\.privilege) }
          == ["BINLOG_FORMAT"])
      let service = try fleet.service(as: "backend-api-rw", size: 1)
      let error = await #expect(throws: DatabaseError.self) {
        try await service.unsafeQuery(unsafeSQL: "SELECT 1")
      }
      #expect(
        error?.kind == .readOnlyServer && error?.detail?.contains("binlog_format") == true, "\(error as Any)")
      await service.close()
      try await fleet.setGlobal("binlog_format = 'ROW'", on: fleet.servers[0])
      #expect(
        try await fleet.answer(
          as: "backend-api-rw",
          "INSERT INTO users (email, password, fs_uniquifier) VALUES ('a@b.c', 'x', 'u')",
          "SELECT email FROM users") == "a@b.c")
      #expect(try await fleet.newGrants { try await $0.verify().filter { !$0.isNote } } == [])
      try await Self.migrateWithKeys(fleet)
    }
  }

  /// A server may refuse every table without a primary key, also one that lives for one step.
  private static func migrateWithKeys(_ fleet: MariaDBFleet) async throws {
    try await fleet.setGlobal(
      MariaDBServer.hasMySQL ? "sql_require_primary_key = ON" : "innodb_force_primary_key = ON",
      on: fleet.servers[0])
    try await fleet.withDatabase(MariaDBFleet.database) { database in
      let migrations = MigrationEngine(database)
      try await migrations.down(to: 0, losing: .all)
      try await migrations.up()
    }
    #expect(try await fleet.newGrants { try await $0.apply().isComplete })
  }

  // MARK: Names in grants

  @Test func `where a name in a grant is no pattern, rights are granted by the name itself`() throws {
    var catalog = RightsCatalog.mySQL
    catalog.takesNamesLiterally = true
    let manifest = try FleetManifest.load()
    let declared = MariaDBState(declaredBy: manifest, database: "app_db", catalog: catalog)
    let administrator = MariaDBGrantee(user: manifest.administrators.databaseAccount)
    var actual = declared
    func place(_ name: String) -> MariaDBPlace { .database(MariaDBPattern(name, isLiteral: true)) }
    actual.privileges = Set(
      declared.privileges.map { privilege in
        guard case .database = privilege.place else { return privilege }
        return MariaDBPrivilege(privilege.name, on: place("app\\_db"), to: privilege.grantee)
      })
    actual.privileges.insert(MariaDBPrivilege("SELECT", on: place("app%"), to: MariaDBGrantee(user: "other")))
    let comparison = MariaDBComparison(
      declared: declared, actual: actual, manifest: manifest, former: [])
    let steps = MariaDBPlanner(comparison: comparison, focus: .everything, dropsRetired: false).steps
    let texts = steps.map(\.text)
    #expect(texts.contains { $0.hasPrefix("GRANT") && $0.contains("ON `app_db`.* TO \(administrator.sql)") })
    #expect(
      texts.contains { $0.hasPrefix("REVOKE") && $0.contains("ON `app\\_db`.* FROM \(administrator.sql)") })
    #expect(steps.allSatisfy { $0.authority == .superuser } && !texts.contains { $0.contains("other") })
    actual.privileges = declared.privileges
    #expect(
      MariaDBComparison(declared: declared, actual: actual, manifest: manifest, former: []).differences == [])
  }

  @Test(.enabled(if: MariaDBServer.hasMySQL, "`make test-mysql` runs it, on a real MySQL"))
  func `with partial revokes of MySQL, bootstrap grants the database itself, and takes the dead right away`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("SET PERSIST partial_revokes = ON")
      // The server reads its grants anew at the next flush or start. The comparison knows before.
      #expect(try await fleet.newGrants { try await $0.apply().isComplete } == false)
      try await fleet.asSuperuser("FLUSH PRIVILEGES")
      let denied = await #expect(throws: (any Error).self) {
        try await fleet.newGrants { try await $0.apply() }
      }
      #expect(denied.map { "\($0)" }?.contains("partial_revokes") == true, "\(denied as Any)")
      #expect(try await fleet.bootstrap() != [])
      #expect(try await fleet.bootstrap() == [])
      #expect(try await fleet.newGrants { try await $0.verify().filter { !$0.isNote } } == [])
      #expect(try await fleet.newGrants { try await $0.apply().isComplete })
      try await fleet.withDatabase(MariaDBFleet.database) { database in
        let migrations = MigrationEngine(database)
        try await migrations.down(to: 0, losing: .all)
        try await migrations.up()
      }
    }
  }
}
