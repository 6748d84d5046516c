import AccessPlanning
import Schema
import Testing

@testable import AccessManifest
@testable import PostgresAdministration

/// What row security leaves to roles that the manifest does not name. Pure.
@Suite struct OthersRowsTests {
  private static let table = TableDefinition(
    name: "t", owner: nil,
    columns: ["id", "tenant"].map { ColumnDefinition(name: $0, type: .text) })
  private static let everyRow = "{ select: all }"
  private static let someRows = "{ select: { rows: { tenant: a } } }"

  /// The manifest's declared state over `actual`.
  private func declared(
    _ accounts: [String: String] = ["app": someRows], mode: String = "adopting", over actual: PostgresState
  ) throws -> PostgresState {
    let services = accounts.sorted { $0.key < $1.key }.map { name, grants in
      "  \(name): { database: { account: \(name)-rw, level: read-write, grants: { t: \(grants) } } }"
    }
    let manifest = try AccessManifest.parse(
      """
      version: 1
      schema: live
      scope: { mode: \(mode) }
      administrators: { database: { account: admin } }
      services:
      \(services.joined(separator: "\n"))
      """, catalog: [Self.table])
    return PostgresState(declaredBy: manifest, database: "d").taking(asGiven: actual)
  }

  /// A database with one table of `owner`, and `readers` that have SELECT on it.
  private func actual(owner: String = "admin", readers: String...) -> PostgresState {
    var state = PostgresState(database: "d")
    state.owners = [
      .table("t"): owner, PostgresObject(.schema, name: "public"): "pg_database_owner",
      PostgresObject(.database, name: "d"): "admin",
    ]
    state.roles["admin"] = .administrator
    state.rowSecurity["t"] = RowSecurity(isEnabled: false, isForced: false)
    for name in readers + [owner] where name != "PUBLIC" { state.roles[name] = PostgresRole() }
    for name in readers { grant(&state, name) }
    return state
  }

  private func grant(_ state: inout PostgresState, _ name: String, _ verb: String = "SELECT") {
    state.privileges.insert(
      PostgresPrivilege(
        verb, on: .table("t"), to: name == "PUBLIC" ? .everyone : .role(name),
        by: state.owners[.table("t")] ?? "admin"))
  }

  /// The state after every step of the administrator, as far as it concerns the rows of the table.
  private func applied(_ declared: PostgresState, to actual: PostgresState) -> PostgresState {
    var state = actual
    state.rowSecurity = declared.rowSecurity
    state.policies = declared.policies
    state.roles.merge(declared.roles) { present, _ in present }
    return state
  }

  private func others(_ state: PostgresState) -> [String]? {
    state.policies.first { $0.name == PostgresPolicy.nameForOthers }?.roles
  }

  private func statements(_ declared: PostgresState, _ actual: PostgresState) -> [String] {
    PostgresPlanner(declared: declared, actual: actual).plan.steps.map(\.text).filter {
      $0.contains("POLICY") || $0.contains("ROW LEVEL")
    }
  }

  private let readersOfAll = ["pg_read_all_data", "pg_write_all_data"]

  @Test func `readers, readers of all data and an owner of others keep their rows`() throws {
    let database = actual(owner: "maker", readers: "stranger")
    let declared = try declared(over: database)
    #expect(others(declared) == ["maker"] + readersOfAll + ["stranger"])
    // FORCE would take COPY and the backup from an owner.
    #expect(declared.rowSecurity["t"] == RowSecurity(isEnabled: true, isForced: false))
    let own = try self.declared(over: actual(readers: "stranger"))
    #expect(others(own) == readersOfAll + ["stranger"])
    #expect(own.rowSecurity["t"] == RowSecurity(isEnabled: true, isForced: true))
  }

  @Test func `an owner that row security of an earlier run binds is freed of it`() throws {
    let before = actual(owner: "maker", readers: "stranger")
    var database = applied(try declared(over: before), to: before)
    database.rowSecurity["t"]?.isForced = true
    let wanted = try declared(over: database)
    #expect(
      statements(wanted, database) == [
        #"ALTER TABLE "public"."t" ENABLE ROW LEVEL SECURITY"#,
        #"ALTER TABLE "public"."t" NO FORCE ROW LEVEL SECURITY"#,
      ])
    let deviations = PostgresComparison(declared: wanted, actual: database).deviations.map(\.message)
    #expect(
      deviations.contains("row security of t is on, including the owner, declared: on, excluding the owner"))
  }

  @Test func `a role that others grant the table later gets its rows with the next run`() throws {
    let before = actual()
    var database = applied(try declared(over: before), to: before)
    #expect(statements(try declared(over: database), database) == [])
    grant(&database, "later")
    let wanted = try declared(over: database)
    #expect(
      statements(wanted, database) == [
        #"ALTER POLICY "rows of others" ON "public"."t" TO "later", "pg_read_all_data", "pg_write_all_data""#
      ])
    let found = PostgresComparison(declared: wanted, actual: database).deviations.filter { !$0.isNote }
    #expect(found.contains { $0.privilege == "POLICY rows of others" })
  }

  @Test func `a role that enters the manifest takes no row from the others`() throws {
    let before = actual(readers: "app2-rw", "stranger")
    let database = applied(try declared(over: before), to: before)
    #expect(others(database) == ["app2-rw"] + readersOfAll + ["stranger"])
    let wanted = try declared(["app": Self.someRows, "app2": Self.someRows], over: database)
    #expect(
      statements(wanted, database) == [
        #"CREATE POLICY "app2-rw select" ON "public"."t" AS PERMISSIVE FOR SELECT TO "app2-rw" USING ((tenant = 'a'::text))"#,
        #"ALTER POLICY "rows of others" ON "public"."t" TO "pg_read_all_data", "pg_write_all_data", "stranger""#,
      ])
  }

  @Test func `row security of others stays theirs, and a role with a policy of its own keeps that one`()
    throws
  {
    var database = actual(readers: "stranger")
    database.rowSecurity["t"] = RowSecurity(isEnabled: true, isForced: false)
    #expect(others(try declared(over: database)) == nil)
    let before = actual(readers: "stranger")
    database = applied(try declared(over: before), to: before)
    grant(&database, "limited")
    database.policies.insert(
      PostgresPolicy(
        table: "t", name: "theirs", roles: ["limited"], command: .select, using: "false", check: nil))
    #expect(others(try declared(over: database)) == readersOfAll + ["stranger"])
  }

  @Test func `an account that leaves the manifest gets no further row`() throws {
    let before = actual(readers: "app-rw", "app2-rw", "stranger")
    let database = applied(
      try declared(["app": Self.someRows, "app2": Self.someRows], over: before), to: before)
    let wanted = try declared(["app": Self.someRows], over: database)
    #expect(others(wanted) == readersOfAll + ["stranger"])
  }

  @Test func `a strict manifest writes no policy for others, and binds every owner`() throws {
    let declared = try declared(mode: "strict", over: actual(owner: "maker", readers: "stranger"))
    #expect(others(declared) == nil)
    #expect(declared.rowSecurity["t"] == RowSecurity(isEnabled: true, isForced: true))
  }

  @Test func `a role without rows under row security of an earlier release is named`() throws {
    let before = actual(owner: "maker")
    var database = applied(try declared(over: before), to: before)
    database.rowSecurity["t"]?.isForced = true
    database.policies = database.policies.filter { !$0.keepsRowsOfOthers }
    let wanted = try declared(over: database)
    let notes = PostgresComparison(declared: wanted, actual: database).deviations.filter(\.isNote)
    #expect(
      notes.map(\.message) == [
        "row security of t shows no row to maker, which no policy names; where they shall have their rows, run "
          + #"CREATE POLICY "rows of others" ON "public"."t" AS PERMISSIVE FOR ALL TO "maker" USING (true) "#
          + "WITH CHECK (true), and `bulkhead access apply` keeps that policy from then on"
      ])
  }

  // MARK: The mode additive

  @Test(arguments: [("app-rw", "DELETE"), ("app-rw", "SELECT"), ("PUBLIC", "SELECT")])
  func `an additive manifest takes no row away, and opens none that it limits`(
    _ holder: String, _ verb: String
  ) throws {
    var database = actual()
    database.roles["app-rw"] = PostgresRole()
    grant(&database, holder, verb)
    let wanted = try declared(mode: "additive", over: database)
    let plan = PostgresPlanner(declared: wanted, actual: database).plan
    #expect(!plan.steps.contains { $0.text.contains("ROW LEVEL") || $0.text.contains("GRANT SELECT") })
    #expect(plan.unmended.contains { $0.message.contains("row security of t is off") })
    #expect(plan.unmended.contains { $0.message.contains("the mode additive takes no rows away") })
  }

  @Test func `an additive manifest limits an account that has no right yet`() throws {
    let database = actual(readers: "stranger")
    let wanted = try declared(mode: "additive", over: database)
    let texts = PostgresPlanner(declared: wanted, actual: database).plan.steps.map(\.text)
    #expect(texts.contains { $0.contains("ENABLE ROW LEVEL SECURITY") })
    #expect(texts.contains { $0.contains("GRANT SELECT ON TABLE") })
    #expect(others(wanted) == readersOfAll + ["stranger"])
  }

  @Test func `an additive manifest narrows no policy, and widens one`() throws {
    for (from, to, mends) in [
      (Self.everyRow, Self.someRows, false), (Self.someRows, Self.everyRow, true),
    ] {
      let before = actual()
      let accounts = ["other": Self.someRows]
      let database = applied(
        try declared(accounts.merging(["app": from]) { first, _ in first }, over: before), to: before)
      let wanted = try declared(
        accounts.merging(["app": to]) { first, _ in first }, mode: "additive", over: database)
      let texts = statements(wanted, database)
      #expect(texts.contains { $0.contains("app-rw select") } == mends)
    }
  }
}
