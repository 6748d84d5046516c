import AccessPlanning
import DatabaseTestSupport
import Testing

@testable import AccessManifest
@testable import PostgresAdministration

/// The planner over states that differ from the declared one in one thing: one test for each kind of drift.
@Suite struct PostgresPlannerTests {
  private let drift: PostgresDrift
  private let database = "app_db"
  private let administrator = "migrate-admin"

  init() throws {
    drift = try PostgresDrift()
  }

  private var declared: PostgresState { drift.declared }

  private func steps(after change: (inout PostgresState) -> Void) -> [PlannedStep] {
    drift.steps(after: change)
  }

  private func deviations(after change: (inout PostgresState) -> Void) -> [Deviation] {
    drift.deviations(after: change)
  }

  @Test func `a database that matches the manifest needs no step`() {
    #expect(steps { _ in }.isEmpty)
    #expect(deviations { _ in }.isEmpty)
  }

  // MARK: Privileges

  @Test func `an excess table grant is revoked and named with its grantor`() {
    let extra = PostgresPrivilege("SELECT", on: .table("users"), to: .role("connector-rw"), by: administrator)
    #expect(
      steps { $0.privileges.insert(extra) }.map(\.text) == [
        #"REVOKE SELECT ON TABLE "public"."users" FROM "connector-rw" CASCADE"#
      ])
    let found = deviations { $0.privileges.insert(extra) }
    #expect(found.map(\.account) == ["connector-rw"])
    #expect(found.map(\.object) == ["users"])
    #expect(found.map(\.grantor) == [administrator])
    #expect(found.map(\.kind) == [.excess])
  }

  @Test func `revoking a table grant restores the grants on declared columns`() {
    let extra = PostgresPrivilege("SELECT", on: .table("users"), to: .role("analytics-ro"), by: administrator)
    let planned = steps { $0.privileges.insert(extra) }.map(\.text)
    #expect(planned.first == #"REVOKE SELECT ON TABLE "public"."users" FROM "analytics-ro" CASCADE"#)
    #expect(
      planned.dropFirst() == [
        #"GRANT SELECT ("active") ON TABLE "public"."users" TO "analytics-ro""#,
        #"GRANT SELECT ("confirmed_at") ON TABLE "public"."users" TO "analytics-ro""#,
        #"GRANT SELECT ("created_at") ON TABLE "public"."users" TO "analytics-ro""#,
        #"GRANT SELECT ("id") ON TABLE "public"."users" TO "analytics-ro""#,
        #"GRANT SELECT ("role") ON TABLE "public"."users" TO "analytics-ro""#,
      ])
  }

  @Test(arguments: ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"])
  func `an excess table privilege of any kind is named and revoked`(_ privilege: String) {
    let extra = PostgresPrivilege(
      privilege, on: .table("users"), to: .role("connector-rw"), by: administrator)
    #expect(deviations { $0.privileges.insert(extra) }.map(\.privilege) == [privilege])
    #expect(
      steps { $0.privileges.insert(extra) }.map(\.text) == [
        #"REVOKE \#(privilege) ON TABLE "public"."users" FROM "connector-rw" CASCADE"#
      ])
  }

  @Test func `an excess column grant is revoked without the other columns`() {
    let extra = PostgresPrivilege(
      "SELECT", on: .table("users"), column: "email", to: .role("analytics-ro"), by: administrator)
    #expect(
      steps { $0.privileges.insert(extra) }.map(\.text) == [
        #"REVOKE SELECT ("email") ON TABLE "public"."users" FROM "analytics-ro" CASCADE"#
      ])
    #expect(deviations { $0.privileges.insert(extra) }.map(\.column) == ["email"])
  }

  @Test func `a missing grant is planned`() {
    let gone = PostgresPrivilege(
      "DELETE", on: .table("webhooks"), to: .role("connector-rw"), by: administrator)
    #expect(
      steps { $0.privileges.remove(gone) }.map(\.text) == [
        #"GRANT DELETE ON TABLE "public"."webhooks" TO "connector-rw""#
      ])
  }

  @Test func `an excess grant option is revoked and the grant restored`() {
    let plain = PostgresPrivilege(
      "SELECT", on: .table("users"), to: .role("backend-api-rw"), by: administrator)
    let optional = PostgresPrivilege(
      "SELECT", on: .table("users"), to: .role("backend-api-rw"), by: administrator, isGrantable: true)
    let planned = steps {
      $0.privileges.remove(plain)
      $0.privileges.insert(optional)
    }
    #expect(
      planned.map(\.text) == [
        #"REVOKE SELECT ON TABLE "public"."users" FROM "backend-api-rw" CASCADE"#,
        #"GRANT SELECT ON TABLE "public"."users" TO "backend-api-rw""#,
      ])
  }

  @Test func `a grant by a grantee is named with its grantor and left to the cascade`() {
    let handedOn = PostgresPrivilege(
      "SELECT", on: .table("users"), to: .role("connector-rw"), by: "backend-api-rw")
    #expect(steps { $0.privileges.insert(handedOn) }.isEmpty)
    #expect(deviations { $0.privileges.insert(handedOn) }.map(\.grantor) == ["backend-api-rw"])
  }

  @Test(arguments: [
    (
      PostgresObject(.database, name: "app_db"), "TEMPORARY",
      #"REVOKE TEMPORARY ON DATABASE "app_db" FROM PUBLIC CASCADE"#
    ),
    (
      PostgresObject.table("settings"), "SELECT",
      #"REVOKE SELECT ON TABLE "public"."settings" FROM PUBLIC CASCADE"#
    ),
    (
      PostgresObject(.futureRoutines), "EXECUTE",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "migrate-admin" REVOKE EXECUTE ON ROUTINES FROM PUBLIC CASCADE"#
    ),
    (
      PostgresObject(.futureTables, schema: "public"), "SELECT",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "migrate-admin" IN SCHEMA "public" REVOKE SELECT ON TABLES FROM PUBLIC CASCADE"#
    ),
  ])
  func `an excess privilege of PUBLIC is revoked`(
    _ object: PostgresObject, _ privilege: String, _ expected: String
  ) {
    let extra = PostgresPrivilege(privilege, on: object, to: .everyone, by: administrator)
    #expect(steps { $0.privileges.insert(extra) }.map(\.text) == [expected])
    #expect(deviations { $0.privileges.insert(extra) }.map(\.account) == ["PUBLIC"])
  }

  @Test func `a grant on another owner's object needs the superuser`() {
    let view = PostgresObject(.table, schema: "public", name: "leak")
    let extra = PostgresPrivilege("SELECT", on: view, to: .role("connector-rw"), by: "postgres")
    let planned = steps {
      $0.owners[view] = "postgres"
      $0.privileges.insert(extra)
    }
    #expect(planned.map(\.authority) == [.superuser])
  }

  // MARK: Roles

  @Test func `a missing account is created with its limits and a credential that is not shown`() {
    let planned = steps {
      $0.roles["analytics-ro"] = nil
      $0.memberships = $0.memberships.filter { $0.role != "analytics-ro" }
      $0.credentials["analytics-ro"] = .refused
    }
    #expect(
      planned.map(\.text) == [
        #"CREATE ROLE "analytics-ro" LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS "#
          + "CONNECTION LIMIT 20",
        #"ALTER ROLE "analytics-ro" SET "idle_in_transaction_session_timeout" = '10000ms'"#,
        #"ALTER ROLE "analytics-ro" SET "statement_timeout" = '30000ms'"#,
        #"ALTER ROLE "analytics-ro" PASSWORD '<SCRAM verifier of its credential>'"#,
      ])
  }

  @Test func `an excess attribute is removed by a role that may remove it`() {
    let changes: [(String, PlannedStep.Authority, (inout PostgresRole) -> Void)] = [
      ("SUPERUSER", .superuser, { $0.isSuperuser = true }),
      ("BYPASSRLS", .superuser, { $0.bypassesRowSecurity = true }),
      ("CREATEROLE", .administrator, { $0.canCreateRoles = true }),
      ("CREATEDB", .superuser, { $0.canCreateDatabases = true }),
      ("REPLICATION", .superuser, { $0.canReplicate = true }),
    ]
    for (word, authority, change) in changes {
      let planned = steps { change(&$0[role: "twitch-trigger"]) }
      #expect(planned.map(\.text) == [#"ALTER ROLE "twitch-trigger" NO\#(word)"#])
      #expect(planned.map(\.authority) == [authority], "\(word)")
    }
  }

  @Test func `an account without LOGIN gets it back`() {
    #expect(
      steps { $0[role: "analytics-ro"].canLogin = false }.map(\.text) == [
        #"ALTER ROLE "analytics-ro" LOGIN"#
      ])
  }

  @Test func `a connection limit is set to the manifest's value`() {
    let planned = steps { $0[role: "analytics-ro"].connectionLimit = -1 }
    #expect(planned.map(\.text) == [#"ALTER ROLE "analytics-ro" CONNECTION LIMIT 20"#])
    #expect(deviations { $0[role: "analytics-ro"].connectionLimit = -1 }.map(\.kind) == [.excess])
  }

  @Test func `a timeout in another unit is equal`() {
    #expect(steps { $0[role: "analytics-ro"].settings["statement_timeout"] = "30s" }.isEmpty)
    #expect(steps { $0[role: "analytics-ro"].settings["statement_timeout"] = "30000" }.isEmpty)
    #expect(!steps { $0[role: "analytics-ro"].settings["statement_timeout"] = "0" }.isEmpty)
  }

  @Test func `a setting that the manifest does not declare is reset`() {
    #expect(
      steps { $0[role: "analytics-ro"].settings["role"] = "migrate-admin" }.map(\.text) == [
        #"ALTER ROLE "analytics-ro" RESET "role""#
      ])
    #expect(
      steps { $0[role: "analytics-ro"].databaseSettings["statement_timeout"] = "0" }.map(\.text) == [
        #"ALTER ROLE "analytics-ro" IN DATABASE "app_db" RESET "statement_timeout""#
      ])
  }

  @Test func `a membership among accounts is revoked as its grantor`() {
    let extra = PostgresMembership(
      role: "backend-api-rw", member: "connector-rw", grantor: administrator, canAdminister: false,
      inherits: true,
      canSet: true)
    let planned = steps { $0.memberships.insert(extra) }
    #expect(
      planned.map(\.text) == [
        #"REVOKE "backend-api-rw" FROM "connector-rw" GRANTED BY "migrate-admin" CASCADE"#
      ])
    #expect(planned.map(\.authority) == [.administrator])
  }

  @Test func `the administrator must not be able to set role to its accounts`() {
    let extra = PostgresMembership(
      role: "backend-api-rw", member: administrator, grantor: administrator, canAdminister: false,
      inherits: true,
      canSet: true)
    #expect(steps { $0.memberships.insert(extra) }.count == 1)
    #expect(deviations { $0.memberships.insert(extra) }.map(\.account) == [administrator])
  }

  @Test(arguments: [
    "pg_read_all_data", "pg_write_all_data", "pg_execute_server_program", "pg_read_server_files",
    "pg_write_server_files", "pg_monitor", "pg_signal_backend", "pg_read_all_stats",
  ])
  func `an undeclared member of a predefined role is named, and revoked where it is an account`(
    _ role: String
  ) {
    for (member, revokes) in [("stranger", [String]()), ("analytics-ro", [role])] {
      let extra = PostgresMembership(
        role: role, member: member, grantor: "postgres", canAdminister: false, inherits: true, canSet: true)
      #expect(deviations { $0.memberships.insert(extra) }.map(\.account) == [member])
      let planned = steps { $0.memberships.insert(extra) }
      #expect(
        planned.map(\.text)
          == revokes.map { #"REVOKE "\#($0)" FROM "\#(member)" GRANTED BY "postgres" CASCADE"# })
      #expect(planned.allSatisfy { $0.authority == .superuser })
    }
  }

  @Test(arguments: [(false, false, false), (true, true, false), (true, false, true)])
  func `a membership whose options differ from the manifest is revoked and granted again`(
    _ canAdminister: Bool, _ inherits: Bool, _ canSet: Bool
  ) throws {
    let declaredOne = try #require(drift.inOrder.memberships.first { $0.role == "backend-api-rw" })
    let changed = PostgresMembership(
      role: declaredOne.role, member: declaredOne.member, grantor: declaredOne.grantor,
      canAdminister: canAdminister, inherits: inherits, canSet: canSet)
    let planned = steps {
      $0.memberships.remove(declaredOne)
      $0.memberships.insert(changed)
    }
    #expect(
      planned.map(\.text) == [
        #"REVOKE "backend-api-rw" FROM "migrate-admin" GRANTED BY "postgres" CASCADE"#,
        #"GRANT "backend-api-rw" TO "migrate-admin" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"#,
      ])
  }

  @Test func `memberships among undeclared roles are ignored`() {
    let other = PostgresMembership(
      role: "x", member: "y", grantor: "postgres", canAdminister: false, inherits: true, canSet: true)
    #expect(deviations { $0.memberships.insert(other) }.isEmpty)
  }

  @Test func `only a rejected or absent credential is set`() {
    #expect(steps { $0.credentials["connector-rw"] = .refused }.count == 1)
    #expect(steps { $0.credentials["connector-rw"] = .absent }.count == 1)
    #expect(steps { $0.credentials["connector-rw"] = .unchecked }.isEmpty)
    #expect(deviations { $0.credentials["connector-rw"] = .unchecked }.map(\.privilege) == ["PASSWORD"])
  }

  @Test func `no plan shows a password or a verifier`() {
    let planned = steps { $0.credentials["connector-rw"] = .refused }
    #expect(planned.map(\.action) == [.setCredential(account: "connector-rw")])
    #expect(planned.allSatisfy { !$0.text.contains("SCRAM-SHA-256$") })
  }

  // MARK: Tables

  @Test func `row security is switched on and forced`() {
    let planned = steps { $0.rowSecurity["events"] = RowSecurity(isEnabled: false, isForced: false) }
    #expect(
      planned.map(\.text) == [
        #"ALTER TABLE "public"."events" ENABLE ROW LEVEL SECURITY"#,
        #"ALTER TABLE "public"."events" FORCE ROW LEVEL SECURITY"#,
      ])
    #expect(
      deviations { $0.rowSecurity["events"] = RowSecurity(isEnabled: true, isForced: false) }.map(\.kind)
        == [.excess])
  }

  @Test func `a widened policy is dropped and created again`() {
    let planned = steps { state in
      for var policy in state.policies
      where policy.name == "twitch-trigger select" && policy.table == "platform_integrations" {
        state.policies.remove(policy)
        policy.using = "true"
        state.policies.insert(policy)
      }
    }
    #expect(
      planned.map(\.text) == [
        #"DROP POLICY "twitch-trigger select" ON "public"."platform_integrations""#,
        #"CREATE POLICY "twitch-trigger select" ON "public"."platform_integrations" AS PERMISSIVE FOR SELECT TO "#
          + #""twitch-trigger" USING (((platform)::text = 'twitch'::text))"#,
      ])
  }

  @Test func `an excess policy is dropped`() {
    let extra = PostgresPolicy(
      table: "events", name: "extra", roles: ["PUBLIC"], command: .all, using: "true", check: nil)
    #expect(
      steps { $0.policies.insert(extra) }.map(\.text) == [#"DROP POLICY "extra" ON "public"."events""#])
  }

  @Test func `a foreign owner needs the superuser`() {
    let planned = steps { $0.owners[.table("users")] = "postgres" }
    #expect(planned.map(\.text).contains(#"ALTER TABLE "public"."users" OWNER TO "migrate-admin""#))
    #expect(planned.first?.authority == .superuser)
  }

  @Test func `an object of any kind that an account owns is named`() {
    let sequence = PostgresObject(.sequence, schema: "other", name: "counter")
    #expect(deviations { $0.owners[sequence] = "connector-rw" }.map(\.object) == ["other.counter"])
  }

  @Test func `a missing table is named and gets no grant`() {
    let planned = steps { state in
      state.owners[.table("rollups")] = nil
      state.privileges = state.privileges.filter { $0.object != .table("rollups") }
    }
    #expect(planned.isEmpty)
    #expect(deviations { $0.owners[.table("rollups")] = nil }.first?.object == "rollups")
  }

  @Test func `names and values are quoted`() {
    #expect(PostgresSQL.identifier(#"a"b"#) == #""a""b""#)
    #expect(PostgresSQL.literal("it's") == "'it''s'")
  }

  @Test func `a plan does not depend on the order of the catalog`() {
    let fresh = PostgresState(freshlyMigrated: declared)
    let first = PostgresPlanner(declared: declared, actual: fresh).plan
    for _ in 0..<5 {
      let again = PostgresState(declaredBy: (try? FleetManifest.load()) ?? emptyManifest, database: database)
      #expect(PostgresPlanner(declared: again, actual: PostgresState(freshlyMigrated: again)).plan == first)
    }
  }

  private var emptyManifest: AccessManifest {
    AccessManifest(
      administrators: Administrators(databaseAccount: "x", cacheAccount: "y"), databaseSettings: [:],
      services: [], owners: [:], databaseAccounts: [], cacheAccounts: [], places: [:])
  }
}
