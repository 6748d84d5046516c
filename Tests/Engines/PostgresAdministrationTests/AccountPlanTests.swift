import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import Encoding
import Testing

@testable import PostgresAdministration

/// The planner over accounts that do not work, parameters of superusers, and accounts that the manifest no longer lists.
@Suite struct AccountPlanTests {
  private let drift: PostgresDrift
  private let administrator = "migrate-admin"

  init() throws {
    drift = try PostgresDrift()
  }

  private func steps(after change: (inout PostgresState) -> Void) -> [PlannedStep] {
    drift.steps(after: change)
  }

  private func deviations(after change: (inout PostgresState) -> Void) -> [Deviation] {
    drift.deviations(after: change)
  }

  @Test func `an account that loses what a session keeps cannot log in until its sessions have ended`() {
    let membership = PostgresMembership(
      role: "boss", member: "connector-rw", grantor: "postgres", canAdminister: false, inherits: true,
      canSet: true)
    let changes: [(change: (inout PostgresState) -> Void, authority: PlannedStep.Authority)] = [
      ({ $0.credentials["connector-rw"] = .refused }, .administrator),
      ({ $0[role: "connector-rw"].isSuperuser = true }, .superuser),
      ({ $0.memberships.insert(membership) }, .superuser),
    ]
    for (change, authority) in changes {
      let steps = drift.plan(after: change).steps.filter { !$0.text.contains("NOSUPERUSER") }
      let texts = steps.map(\.text)
      #expect(texts.first == #"ALTER ROLE "connector-rw" NOLOGIN"#)
      #expect(texts.dropFirst().first?.contains("pg_terminate_backend") == true)
      #expect(texts.dropFirst(2).first == #"ALTER ROLE "connector-rw" LOGIN"#)
      #expect(steps.prefix(2).allSatisfy { $0.authority == authority })
    }
    // A right is checked at each statement.
    let plain = drift.plan { $0[role: "connector-rw"].connectionLimit = -1 }
    #expect(plain.steps.count == 1)
  }

  @Test func `a session that no setting of the account explains is left to an operator`() {
    let unusable = CredentialState.unusable(reason: "no such library")
    let plan = drift.plan { $0.credentials["connector-rw"] = unusable }
    #expect(plan.steps.isEmpty && !plan.isEmpty)
    #expect(plan.unmended.map(\.message) == ["the server starts no session of connector-rw: no such library"])
    let mended = drift.plan {
      $0.credentials["connector-rw"] = unusable
      $0[role: "connector-rw"].settings["local_preload_libraries"] = "nope"
    }
    #expect(mended.steps.count == 1 && mended.unmended.isEmpty)
  }

  @Test(arguments: [(true, PlannedStep.Authority.administrator), (false, .superuser)])
  func `a parameter's reset needs the authority that may set it`(
    _ isForAnyRole: Bool, _ authority: PlannedStep.Authority
  ) {
    let steps = steps {
      $0.parameters["log_statement"] = isForAnyRole
      $0[role: "connector-rw"].settings["log_statement"] = "all"
      $0.settingsOfEveryone.insert(PostgresSetting(name: "Log_Statement", value: "all", isOfDatabase: true))
    }
    #expect(steps.map(\.authority) == [authority, authority])
  }

  @Test func `an unknown parameter with a dot is a superuser's placeholder`() {
    let steps = steps { $0[role: "connector-rw"].settings["app.foo"] = "x" }
    #expect(steps.map(\.authority) == [.superuser])
  }

  @Test func `a value that an account chose writes no line of its own into an answer`() {
    let value = "x\n;GRANT SELECT ON users TO \"connector-rw\";--\u{1B}[2J"
    let found = deviations { $0[role: "connector-rw"].settings["application_name"] = value }
    let planned = steps { $0[role: "connector-rw"].settings["application_name"] = value }
    let lines = found.map(\.message) + planned.map(\.reason) + planned.map(\.text)
    #expect(lines.count == 3 && lines.contains { $0.contains("\\u{A};GRANT") })
    #expect(!lines.contains { $0.unicodeScalars.contains(where: \.isUnprintable) })
  }

  // MARK: One account

  private func plan(only account: String, after change: (inout PostgresState) -> Void) throws -> AccessPlan {
    var actual = drift.inOrder
    change(&actual)
    return PostgresPlanner(
      declared: drift.declared, actual: actual,
      focus: try AccessFocus([account], in: try FleetManifest.load())
    ).plan
  }

  @Test func `a plan for one account leaves the others alone, and counts what it leaves`() throws {
    let excess = ["analytics-ro", "connector-rw"].map {
      PostgresPrivilege("DELETE", on: .table("users"), to: .role($0), by: administrator)
    }
    let everyone = PostgresPrivilege("SELECT", on: .table("users"), to: .everyone, by: administrator)
    let plan = try plan(only: "analytics-ro") { $0.privileges.formUnion(excess + [everyone]) }
    #expect(
      plan.steps.map(\.text) == [#"REVOKE DELETE ON TABLE "public"."users" FROM "analytics-ro" CASCADE"#])
    #expect(plan.leftOut == ["connector-rw": 1, "PUBLIC": 1])
  }

  @Test func `a plan for an account that reads a table in part brings the table's row protection along`()
    throws
  {
    let table = "platform_integrations"
    let plan = try plan(only: "twitch-trigger") { state in
      state.rowSecurity[table] = RowSecurity(isEnabled: false, isForced: false)
      state.policies = []
      state.privileges = state.privileges.filter { $0.grantee != .role("twitch-trigger") }
    }
    let texts = plan.steps.map(\.text)
    #expect(texts.contains { $0.contains("\(table)\" ENABLE ROW LEVEL SECURITY") })
    // Row security without the policies of the others would close the table to them.
    #expect(texts.contains { $0.hasPrefix("CREATE POLICY") && $0.contains("TO \"connector-rw\"") })
    #expect(texts.contains { $0.hasPrefix("GRANT SELECT") && $0.contains("TO \"twitch-trigger\"") })
    let first = texts.firstIndex { $0.hasPrefix("GRANT") } ?? 0
    #expect(texts[..<first].contains { $0.contains("FORCE ROW LEVEL SECURITY") })
  }

  // MARK: Retired accounts

  /// An account that the administrator made and the manifest no longer lists.
  private func retire(_ state: inout PostgresState, canLogin: Bool = true, sessions: Int = 0) {
    state.roles["old-rw"] = PostgresRole()
    state.roles["old-rw"]?.canLogin = canLogin
    state.memberships.insert(
      PostgresMembership(
        role: "old-rw", member: administrator, grantor: "postgres", canAdminister: true, inherits: false,
        canSet: false))
    state.sessions["old-rw"] = sessions
  }

  @Test func `a retired account is closed, its sessions end, and its role is a remark`() {
    #expect(
      steps { retire(&$0, sessions: 2) }.map(\.text) == [
        #"ALTER ROLE "old-rw" NOLOGIN PASSWORD NULL"#,
        #"GRANT "old-rw" TO "migrate-admin" WITH INHERIT TRUE, SET FALSE GRANTED BY "migrate-admin"; "#
          + PostgresSQL.endSessions(of: "old-rw") + "; "
          + #"REVOKE "old-rw" FROM "migrate-admin" GRANTED BY "migrate-admin""#,
      ])
    #expect(deviations { retire(&$0, sessions: 2) }.map(\.kind) == [.excess, .excess, .remark])
    #expect(drift.plan { retire(&$0, canLogin: false) }.isEmpty)
    #expect(deviations { retire(&$0, canLogin: false) }.map(\.kind) == [.remark])
  }

  @Test func `a retired account with rights in another database stays, and only its rights here are taken`() {
    let change: (inout PostgresState) -> Void = {
      retire(&$0, sessions: 2)
      $0.elsewhere["old-rw"] = ["app_db_two"]
      $0.privileges.insert(
        PostgresPrivilege("SELECT", on: .table("users"), to: .role("old-rw"), by: administrator))
    }
    #expect(
      drift.plan(after: change).steps.map(\.text) == [
        #"REVOKE SELECT ON TABLE "public"."users" FROM "old-rw" CASCADE"#
      ])
    let remark = deviations(after: change).first { $0.privilege == "LOGIN" }
    #expect(remark?.kind == .remark && remark?.message.contains("it has rights in app_db_two") == true)
    var dropping = drift.inOrder
    change(&dropping)
    let plan = PostgresPlanner(declared: drift.declared, actual: dropping, dropsRetired: true).plan
    #expect(!plan.steps.contains { $0.text.contains("DROP ROLE") })
  }

  @Test func `a person's login whose time has passed is closed in every database`() {
    let plan = drift.plan {
      retire(&$0)
      $0.elsewhere["old-rw"] = ["app_db_two"]
      $0.initialSuperuser = "postgres"
      $0.now = 2_000
      $0.roles["old-rw"]?.note = "bulkhead access open | like analytics-ro | INC-7"
      $0.roles["old-rw"]?.validUntil = 1_500
    }
    #expect(plan.steps.first?.text == #"ALTER ROLE "old-rw" NOLOGIN PASSWORD NULL"#)
  }

  @Test func `a role that the administrator may not administer is no retired account`() {
    #expect(deviations { $0.roles["reporting"] = PostgresRole() }.isEmpty)
  }

  @Test func `a manifest that only adds closes no retired account, and names it`() throws {
    var manifest = try FleetManifest.load()
    manifest.scope.mode = .additive
    var actual = drift.inOrder
    retire(&actual, sessions: 1)
    var declared = PostgresState(declaredBy: manifest, database: "app_db")
    // Without a password file of the tool, the role may be another application's.
    #expect(PostgresPlanner(declared: declared, actual: actual).plan.unmended.map(\.account) == [])
    declared.former = ["old-rw"]
    let plan = PostgresPlanner(declared: declared, actual: actual).plan
    #expect(plan.steps.map(\.text) == [])
    #expect(plan.unmended.map(\.account) == ["old-rw", "old-rw"])
  }

  @Test func `a retired account is dropped only when that is wanted`() {
    var actual = drift.inOrder
    retire(&actual, canLogin: false)
    let plan = PostgresPlanner(declared: drift.declared, actual: actual, dropsRetired: true).plan
    #expect(plan.steps.map { $0.text.hasSuffix(#"DROP ROLE "old-rw""#) } == [true])
  }

  @Test func `the end of a person's login has its reason, before its time too`() {
    for (now, end, words) in [
      (2_000, 0, "the access of old-rw was closed (like gone-rw: INC-7)"),
      (2_000, 1_500, "the access of old-rw ended at noon (like gone-rw: INC-7)"),
      (
        1_000, 1_500,
        "the manifest no longer lists the account of which old-rw has the rights until noon (like gone-rw: INC-7)"
      ),
      (
        1_000, 1_001 + Int64(OpenedAccess.longestSeconds),
        "the access of old-rw would end at noon, and the longest is 7 days (like gone-rw: INC-7)"
      ),
    ] as [(Int64, Int64, String)] {
      let plan = drift.plan {
        retire(&$0)
        $0.initialSuperuser = "postgres"
        $0.now = now
        $0.roles["old-rw"]?.note = "bulkhead access open | like gone-rw | INC-7"
        $0.roles["old-rw"]?.validUntil = end
        $0.roles["old-rw"]?.validUntilText = "noon"
      }
      #expect(plan.steps.map(\.reason) == ["\(words), and its login remains", words])
    }
  }

  @Test func `a person's login has ended only where the step that ends it was executed`() throws {
    var actual = drift.inOrder
    retire(&actual)
    actual.initialSuperuser = "postgres"
    actual.now = 2_000
    actual.roles["old-rw"]?.note = "bulkhead access open | like gone-rw | INC-7"
    actual.roles["old-rw"]?.validUntil = 1_500
    let planner = PostgresPlanner(declared: drift.declared, actual: actual)
    let end = try #require(planner.closing(.logins, where: { _ in true }).first)
    #expect(planner.endedLogins(by: [end]).map(\.person) == ["old-rw"])
    #expect(planner.endedLogins(by: [end.needing(.superuser)]) == [])
    #expect(planner.endedLogins(by: planner.plan.steps.filter { $0 != end }) == [])
  }
}
