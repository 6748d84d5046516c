import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import Testing

@testable import PostgresAdministration

/// Every part of a role, of a policy and of a table's attachments, each changed alone.
@Suite struct PostgresComparisonTests {
  private let drift: PostgresDrift

  init() throws {
    drift = try PostgresDrift()
  }

  // MARK: Roles

  @Test(arguments: [-1, 0, 19, 21, 1_000])
  func `any other connection limit is set to the declared one`(_ limit: Int) {
    let planned = drift.steps { $0[role: "analytics-ro"].connectionLimit = limit }
    #expect(planned.map(\.text) == [#"ALTER ROLE "analytics-ro" CONNECTION LIMIT 20"#])
  }

  @Test func `the expiry of a password is removed`() {
    let planned = drift.steps { $0[role: "analytics-ro"].passwordExpires = true }
    #expect(planned.map(\.text) == [#"ALTER ROLE "analytics-ro" VALID UNTIL 'infinity'"#])
  }

  @Test func `only the superuser can correct an account that is a superuser`() {
    let planned = drift.steps {
      $0[role: "analytics-ro"].isSuperuser = true
      $0[role: "analytics-ro"].connectionLimit = -1
      $0[role: "analytics-ro"].settings["statement_timeout"] = "0"
    }
    #expect(planned.count == 3)
    #expect(planned.allSatisfy { $0.authority == .superuser })
  }

  @Test func `a superuser that the manifest does not name is reported and left alone`() {
    #expect(drift.deviations { $0.superusers.insert("stranger") }.map(\.account) == ["stranger"])
    #expect(drift.steps { $0.superusers.insert("stranger") }.isEmpty)
  }

  @Test(arguments: [
    (true, #"ALTER DATABASE "app_db" RESET "search_path""#, PlannedStep.Authority.administrator),
    (false, #"ALTER ROLE ALL RESET "search_path""#, .superuser),
  ])
  func `a setting for everyone is reset`(
    _ isOfDatabase: Bool, _ statement: String, _ authority: PlannedStep.Authority
  ) {
    let setting = PostgresSetting(name: "search_path", value: "public", isOfDatabase: isOfDatabase)
    let planned = drift.steps { $0.settingsOfEveryone.insert(setting) }
    #expect(planned.map(\.text) == [statement])
    #expect(planned.map(\.authority) == [authority])
  }

  @Test(arguments: [nil, "Asia/Kathmandu", "utc"])
  func `any other time zone of the database is set to UTC, by its owner`(_ zone: String?) {
    let change: (inout PostgresState) -> Void = { state in
      state.settingsOfEveryone = Set(
        zone.map { [PostgresSetting(name: "TimeZone", value: $0, isOfDatabase: true)] } ?? [])
    }
    let planned = drift.steps(after: change)
    #expect(planned.map(\.text) == [#"ALTER DATABASE "app_db" SET "TimeZone" TO 'UTC'"#])
    #expect(planned.map(\.authority) == [.administrator])
    let messages = drift.deviations(after: change).map(\.message)
    #expect(messages == ["TimeZone of the database is \(zone ?? "not set"), declared: UTC"])
  }

  @Test func `a time zone for every database is reset, and that of the database stays`() {
    let server = PostgresSetting(name: "TimeZone", value: "UTC", isOfDatabase: false)
    let planned = drift.steps { $0.settingsOfEveryone.insert(server) }
    #expect(planned.map(\.text) == [#"ALTER ROLE ALL RESET "TimeZone""#])
  }

  // MARK: Tables

  @Test(arguments: [
    (PostgresAttachment.Kind.trigger, #"DROP TRIGGER "spy" ON "public"."rollups""#),
    (.rule, #"DROP RULE "spy" ON "public"."rollups""#),
    (.child, #"ALTER TABLE spy NO INHERIT "public"."rollups""#),
  ])
  func `a trigger, rule or other attachment of a fleet's table is removed`(
    _ kind: PostgresAttachment.Kind, _ statement: String
  ) {
    let spy = PostgresAttachment(kind, name: "spy", table: "rollups", owner: "migrate-admin")
    #expect(drift.steps { $0.attachments.insert(spy) }.map(\.text) == [statement])
    let foreign = PostgresAttachment(kind, name: "spy", table: "somewhere", owner: "migrate-admin")
    #expect(drift.steps { $0.attachments.insert(foreign) }.isEmpty)
  }

  static let changes: [(name: String, make: @Sendable (inout PostgresPolicy) -> Void)] = [
    ("restrictive", { $0.isPermissive = false }),
    ("for everyone", { $0.roles = ["PUBLIC"] }),
    ("for another account too", { $0.roles.append("connector-rw") }),
    ("for every command", { $0.command = .all }),
    ("reads every row", { $0.using = "true" }),
    ("writes every row", { $0.check = "true" }),
    ("writes unchecked", { $0.check = nil }),
  ]

  @Test(arguments: changes.map(\.name))
  func `a policy that differs in one part is dropped and created again`(_ name: String) throws {
    let change = try #require(Self.changes.first { $0.name == name }).make
    let policy = try #require(drift.declared.policies.first { $0.name == "twitch-trigger update" })
    let planned = drift.steps {
      var changed = policy
      change(&changed)
      $0.policies.remove(policy)
      $0.policies.insert(changed)
    }
    #expect(planned.map(\.text) == [policy.removal, policy.creation])
  }

  // MARK: Declared

  /// The tables of others, in whose database PUBLIC may connect and use the schema, as PostgreSQL makes it.
  private func planOverOthersTables(_ mode: AccessScope.Mode) throws -> [String] {
    var manifest = try FleetManifest.load()
    manifest.scope = AccessScope(mode: mode)
    var declared = PostgresState(declaredBy: manifest, database: "app_db")
    declared.isLive = true
    var actual = drift.inOrder
    let places: [PostgresObject] = [.init(.database, name: "app_db"), .init(.schema, name: "public")]
    let mine = declared.privileges.filter {
      places.contains($0.object) && $0.grantee == .role("analytics-ro")
    }
    #expect(mine.count == 2)
    for privilege in mine {
      actual.privileges.remove(privilege)
      actual.privileges.insert(
        PostgresPrivilege(privilege.privilege, on: privilege.object, to: .everyone, by: privilege.grantor))
    }
    actual.owners[places[1]] = declared.owners[places[1]]
    let steps = PostgresPlanner(declared: declared.taking(asGiven: actual), actual: actual).plan.steps
    return steps.map(\.text).filter { $0.contains("analytics-ro") || $0.contains("FROM PUBLIC") }
  }

  @Test func `a plan that takes a right from PUBLIC grants it to each account that has it only so`() throws {
    let steps = try planOverOthersTables(.strict)
    #expect(steps.filter { $0.contains("FROM PUBLIC") }.count == 2, "\(steps)")
    #expect(
      steps.filter { $0.hasPrefix("GRANT") && $0.contains(#"TO "analytics-ro""#) }.count == 2, "\(steps)")
    #expect(try planOverOthersTables(.adopting) == [])
    #expect(try planOverOthersTables(.additive) == [])
  }

  @Test func `an account with a row scope is declared without the right to choose identities`() {
    let columns = drift.declared.privileges.filter {
      $0.object == .table("events") && $0.privilege == "INSERT" && $0.grantee == .role("twitch-trigger")
    }.map(\.column)
    #expect(!columns.isEmpty)
    #expect(!columns.contains(nil))
    #expect(!columns.contains("id"))
  }
}
