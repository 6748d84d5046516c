import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import SQLiteDriver
import Testing

@testable import SQLiteAdministration

/// The modes of the manifest's scope on a file that another fleet uses, too.
@Suite struct SQLiteScopeTests {
  private static let account = "analytics-ro"
  private let shipped: AccessManifest

  init() throws { shipped = try FleetManifest.load() }

  private func manifest(_ mode: AccessScope.Mode, others: [NamePattern] = []) -> AccessManifest {
    var manifest = shipped
    manifest.scope = AccessScope(mode: mode, roles: others)
    return manifest
  }

  private func rows(_ change: (inout [String: SQLiteRights]) -> Void = { _ in }) throws -> [String: String] {
    var rights = Dictionary(
      uniqueKeysWithValues: shipped.databaseAccounts.map { ($0.name, SQLiteRights(declaredFor: $0)) })
    change(&rights)
    return try rights.mapValues { (rights) throws in try rights.json() }
  }

  @Test(arguments: [AccessScope.Mode.adopting, .additive])
  func `a row that the manifest does not list is a note, and stays`(mode: AccessScope.Mode) throws {
    let stored = try rows { $0["team-b-rw"] = SQLiteRights() }
    let compared = SQLiteComparison(manifest: manifest(mode), actual: stored)
    #expect(compared.deviations.map(\.account) == ["team-b-rw"])
    #expect(compared.deviations.map(\.kind) == [.outside])
    #expect(compared.plan.isEmpty)
  }

  @Test(arguments: AccessScope.Mode.allCases)
  func `a row that the scope lists as of others is not mentioned, and stays`(mode: AccessScope.Mode) throws {
    let stored = try rows { $0["team-b-rw"] = SQLiteRights() }
    let compared = SQLiteComparison(
      manifest: manifest(mode, others: [NamePattern("team-b-*")]), actual: stored)
    #expect(compared.deviations == [] && compared.plan.isEmpty)
  }

  @Test(arguments: AccessScope.Mode.allCases)
  func `an excess right is revoked in each mode but the additive one, where it stays a deviation`(
    mode: AccessScope.Mode
  ) throws {
    let stored = try rows { $0[Self.account]?.tables["ledger"] = .init(delete: .all) }
    let compared = SQLiteComparison(manifest: manifest(mode), actual: stored)
    #expect(compared.deviations.map(\.kind) == [.excess])
    #expect(compared.plan.steps.count == (mode == .additive ? 0 : 1))
    #expect(compared.plan.unmended.map(\.object) == (mode == .additive ? ["ledger"] : []))
  }

  @Test func `the additive mode grants what is missing beside what is stored`() throws {
    let stored = try rows {
      $0[Self.account]?.tables["ledger"] = .init(delete: .all)
      $0[Self.account]?.tables["users"]?.select?.columns = ["password"]
    }
    let plan = SQLiteComparison(manifest: manifest(.additive), actual: stored).plan
    let step = try #require(plan.steps.first?.text)
    #expect(plan.steps.count == 1)
    let json = try #require(step.range(of: "{").map { step[$0.lowerBound...] }?.prefix { $0 != "'" })
    let written = try SQLiteRights(json: String(json))
    #expect(written.tables["ledger"]?.delete == .all)
    let declared = SQLiteRights(declaredFor: try #require(shipped.databaseAccount(named: Self.account)))
    let columns = try #require(declared.tables["users"]?.select?.columns)
    #expect(written.tables["users"]?.select?.columns == ["password"] + columns)
    let after = SQLiteComparison(
      manifest: manifest(.additive), actual: stored.merging([Self.account: String(json)]) { $1 })
    #expect(after.plan.steps == [])
    #expect(after.plan.unmended.map(\.privilege).sorted() == ["DELETE", "SELECT"])
  }

  @Test func `the additive mode leaves a wider right, and a right on the rows of another scope`() throws {
    let wider = try rows { $0["twitch-trigger"]?.tables["platform_integrations"]?.select?.rows = nil }
    let compared = SQLiteComparison(manifest: manifest(.additive), actual: wider)
    #expect(compared.deviations.map(\.kind) == [.excess])
    #expect(compared.plan.steps == [])
    let other = try rows {
      $0["twitch-trigger"]?.tables["platform_integrations"]?.select?.rows =
        .init(column: "platform", value: "discord")
    }
    let plan = SQLiteComparison(manifest: manifest(.additive), actual: other).plan
    #expect(plan.steps == [])
    #expect(plan.unmended.map(\.kind) == [.excess, .missing])
  }

  private func rebuilding(
    _ manifest: AccessManifest, _ former: [String: [String]]?
  ) -> AccessPlan {
    var place = SQLiteRightsPlace()
    place.relations = ["TABLE"]
    place.faults = ["has the trigger kept"]
    return SQLiteComparison(manifest: manifest, actual: nil, place: place, former: former).plan
  }

  @Test func `a table that is made anew keeps the rows of others in each mode`() throws {
    let former = ["team-b-rw": ["{\"tables\":{}}"], Self.account: ["{}"]]
    func keeps(_ manifest: AccessManifest) -> Bool {
      rebuilding(manifest, former).steps.contains { $0.text.contains("'team-b-rw', '{\"tables\":{}}'") }
    }
    #expect(!keeps(manifest(.strict)))
    #expect(keeps(manifest(.strict, others: [NamePattern("team-b-*")])))
    #expect(keeps(manifest(.adopting)) && keeps(manifest(.additive)))
  }

  @Test func `a table is not made anew where rows of others cannot be kept`() {
    let double = ["team-b-rw": ["{}", "{\"tables\":{}}"]]
    for former in [double, nil] {
      #expect(!rebuilding(manifest(.strict), former).steps.isEmpty)
      let plan = rebuilding(manifest(.adopting), former)
      #expect(plan.steps == [])
      #expect(plan.unmended.map(\.account).sorted() == shipped.databaseAccounts.map(\.name).sorted())
    }
  }
}
