import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import Testing

@testable import PostgresAdministration

/// What each mode names, mends, mentions and leaves alone. Pure.
@Suite struct PostgresScopeTests {
  /// A change of the actual state, and its standing in each mode, when the others are listed and when they are not.
  struct Case: Sendable, CustomTestStringConvertible {
    let what: String
    let change: @Sendable (inout PostgresState) -> Void
    let strict: String
    let adopting: String
    let additive: String
    let listed: String
    var testDescription: String { what }
  }

  private static let listed = AccessScope(
    roles: [NamePattern("other*")], schemas: [NamePattern("team_b")], extensions: [NamePattern("dblink")],
    accepts: ["publication cdc": "the warehouse"])

  private func answer(to change: (inout PostgresState) -> Void, _ scope: AccessScope) throws -> String {
    var manifest = try FleetManifest.load()
    manifest.scope = scope
    let declared = PostgresState(declaredBy: manifest, database: "app_db")
    var actual = try PostgresDrift().inOrder
    change(&actual)
    let found = PostgresComparison(declared: declared, actual: actual).deviations
    let steps = PostgresPlanner(declared: declared, actual: actual).plan.steps
    guard let first = found.first else { return steps.isEmpty ? "silent" : "mended in silence" }
    return first.isNote ? (steps.isEmpty ? "note" : "mended note") : (steps.isEmpty ? "named" : "mended")
  }

  static let cases: [Case] = [
    Case(
      what: "a privilege of another role on a table",
      change: { $0.privileges.insert(privilege("SELECT", .table("users"), .role("other"))) },
      strict: "mended", adopting: "note", additive: "note", listed: "silent"),
    Case(
      what: "a privilege of PUBLIC on a table",
      change: { $0.privileges.insert(privilege("SELECT", .table("users"), .everyone)) },
      strict: "mended", adopting: "mended", additive: "named", listed: "mended"),
    Case(
      what: "a privilege of PUBLIC on the database",
      change: { $0.privileges.insert(privilege("CONNECT", .init(.database, name: "app_db"), .everyone)) },
      strict: "mended", adopting: "note", additive: "note", listed: "mended"),
    Case(
      what: "a privilege of an account",
      change: { $0.privileges.insert(privilege("SELECT", .table("users"), .role("connector-rw"))) },
      strict: "mended", adopting: "mended", additive: "named", listed: "mended"),
    Case(
      what: "a privilege in a schema of others",
      change: {
        $0.privileges.insert(privilege("SELECT", .init(.table, schema: "team_b", name: "x"), .everyone))
      },
      strict: "named", adopting: "note", additive: "note", listed: "silent"),
    Case(
      what: "an account's privilege in a schema of others",
      change: {
        $0.privileges.insert(
          privilege("SELECT", .init(.table, schema: "team_b", name: "x"), .role("connector-rw")))
      },
      strict: "mended", adopting: "mended", additive: "named", listed: "mended"),
    Case(
      what: "what another role grants PUBLIC on its future objects",
      change: { state in
        for (kind, schema) in [(PostgresObject.Kind.futureRoutines, nil), (.futureTables, "public")] {
          state.privileges.insert(
            PostgresPrivilege(
              "EXECUTE", on: PostgresObject(kind, schema: schema), to: .everyone, by: "app2"))
        }
      },
      strict: "named", adopting: "note", additive: "note", listed: "named"),
    Case(
      what: "what a superuser grants PUBLIC on its future objects",
      change: { state in
        state[role: "postgres"].isSuperuser = true
        state.privileges.insert(
          PostgresPrivilege(
            "SELECT", on: PostgresObject(.futureTables, schema: nil), to: .everyone, by: "postgres"))
      },
      strict: "mended", adopting: "note", additive: "note", listed: "mended"),
    Case(
      what: "a right of the administrator to read what PUBLIC reads",
      change: {
        $0.privileges.insert(
          privilege("SELECT", .init(.view, schema: "pg_catalog", name: "pg_roles"), .role("migrate-admin")))
      },
      strict: "mended", adopting: "mended", additive: "named", listed: "mended"),
    Case(
      what: "a parameter of another role",
      change: { $0.privileges.insert(privilege("SET", .init(.parameter, name: "x"), .role("other"))) },
      strict: "named", adopting: "note", additive: "note", listed: "silent"),
    Case(
      what: "another role in a predefined role",
      change: { $0.memberships.insert(membership(of: "other", in: "pg_read_all_data")) },
      strict: "named", adopting: "note", additive: "note", listed: "silent"),
    Case(
      what: "an account in a predefined role",
      change: { $0.memberships.insert(membership(of: "connector-rw", in: "pg_read_all_data")) },
      strict: "mended", adopting: "mended", additive: "named", listed: "mended"),
    Case(
      what: "another role that bypasses row security",
      change: { state in state[role: "other"].bypassesRowSecurity = true },
      strict: "named", adopting: "note", additive: "note", listed: "silent"),
    Case(
      what: "another superuser", change: { $0.superusers.insert("other") },
      strict: "named", adopting: "note", additive: "note", listed: "silent"),
    Case(
      what: "another time zone of the database", change: { $0.settingsOfEveryone = [] },
      strict: "mended", adopting: "note", additive: "note", listed: "mended"),
    Case(
      what: "a schema of others", change: { $0.findings.insert(PostgresFinding(.schema, name: "team_b")) },
      strict: "named", adopting: "note", additive: "note", listed: "silent"),
    Case(
      what: "an extension of others",
      change: { $0.findings.insert(PostgresFinding(.extensionOfServer, name: "dblink")) },
      strict: "named", adopting: "note", additive: "note", listed: "silent"),
    Case(
      what: "a trusted extension",
      change: { $0.findings.insert(PostgresFinding(.extensionOfServer, name: "pgcrypto")) },
      strict: "silent", adopting: "silent", additive: "silent", listed: "silent"),
    Case(
      what: "a publication", change: { $0.findings.insert(PostgresFinding(.publication, name: "cdc")) },
      strict: "named", adopting: "note", additive: "note", listed: "silent"),
    Case(
      what: "a table in a schema of others",
      change: { $0.findings.insert(PostgresFinding(.table, schema: "team_b", name: "x", account: "other")) },
      strict: "silent", adopting: "silent", additive: "silent", listed: "silent"),
    Case(
      what: "a view of others that reads a table",
      change: {
        $0.findings.insert(PostgresFinding(.reader, schema: "team_c", name: "x", account: "someone"))
      },
      strict: "named", adopting: "note", additive: "note", listed: "named"),
    Case(
      what: "a computed column of a table",
      change: { $0.findings.insert(PostgresFinding(.computedColumn, name: "users", detail: "role")) },
      strict: "named", adopting: "named", additive: "named", listed: "named"),
    Case(
      what: "a trigger on a table",
      change: {
        $0.attachments.insert(PostgresAttachment(.trigger, name: "x", table: "users", owner: "migrate-admin"))
      },
      strict: "mended", adopting: "mended", additive: "named", listed: "mended"),
  ]

  @Test(arguments: cases)
  func `each mode treats a change as the page of coverage says`(_ change: Case) throws {
    #expect(try answer(to: change.change, AccessScope(mode: .strict)) == change.strict)
    #expect(try answer(to: change.change, AccessScope(mode: .adopting)) == change.adopting)
    #expect(try answer(to: change.change, AccessScope(mode: .additive)) == change.additive)
    #expect(try answer(to: change.change, Self.listed) == change.listed)
  }

  @Test func `a missing privilege is granted in every mode`() throws {
    for mode in AccessScope.Mode.allCases {
      let answer = try answer(
        to: { state in state.privileges = state.privileges.filter { $0.object != .table("rollups") } },
        AccessScope(mode: mode))
      #expect(answer == "mended", "\(mode)")
    }
  }

  @Test
  func `a policy of others on a table is dropped in the strict mode, and mentioned in the adopting one`()
    throws
  {
    let policy = PostgresPolicy(
      table: "events", name: "theirs", roles: ["other"], command: .select, using: "true", check: nil)
    let change: (inout PostgresState) -> Void = { $0.policies.insert(policy) }
    #expect(try answer(to: change, AccessScope()) == "mended")
    #expect(try answer(to: change, AccessScope(mode: .adopting)) == "note")
    #expect(try answer(to: change, AccessScope(mode: .additive)) == "named")
    #expect(try answer(to: change, Self.listed) == "silent")
  }

  @Test func `a dropped unique key is named, and its table's migration is left to the operator`() throws {
    let key = PostgresKey(table: "users", columns: ["email"])
    #expect(try PostgresDrift().declared.keys.contains(key))
    #expect(try answer(to: { $0.keys.remove(key) }, AccessScope()) == "named")
  }

  @Test func `a sampled column of a scoped table is closed, with its samples where the table was analyzed`()
    throws
  {
    let drift = try PostgresDrift()
    for (isAnalyzed, count) in [(false, 1), (true, 2)] {
      let column = PostgresSampledColumn(
        table: "platform_integrations", column: "channel", type: "text", isAnalyzed: isAnalyzed)
      #expect(drift.steps { $0.sampledColumns = [column] }.count == count)
    }
    let scopes = PostgresSampledColumn(
      table: "platform_integrations", column: "platform", type: "text", isAnalyzed: true)
    #expect(drift.steps { $0.sampledColumns = [scopes] }.count == 1)
    let other = PostgresSampledColumn(table: "users", column: "role", type: "text", isAnalyzed: true)
    #expect(drift.steps { $0.sampledColumns = [other] }.isEmpty)
  }

  @Test func `an object of a newer release is no deviation, and one of another role is`() throws {
    let change: (String) -> (inout PostgresState) -> Void = { owner in
      { state in
        state.hasNewerSchema = true
        state.findings.insert(PostgresFinding(.table, schema: "public", name: "notes", account: owner))
      }
    }
    #expect(try answer(to: change("migrate-admin"), AccessScope()) == "silent")
    #expect(try answer(to: change("stranger"), AccessScope()) == "named")
  }

  private static func privilege(
    _ name: String, _ object: PostgresObject, _ grantee: PostgresPrivilege.Grantee
  ) -> PostgresPrivilege {
    PostgresPrivilege(name, on: object, to: grantee, by: "migrate-admin")
  }

  private static func membership(of member: String, in role: String) -> PostgresMembership {
    PostgresMembership(
      role: role, member: member, grantor: "postgres", canAdminister: false, inherits: true, canSet: true)
  }
}
