import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import SQLiteDriver
import Testing

@testable import SQLiteAdministration

@Suite struct SQLiteComparisonTests {
  private let manifest: AccessManifest
  private let matching: [String: String]

  init() throws {
    let manifest = try FleetManifest.load()
    self.manifest = manifest
    matching = try Dictionary(
      uniqueKeysWithValues: manifest.databaseAccounts.map {
        ($0.name, try SQLiteRights(declaredFor: $0).json())
      })
  }

  private func comparison(_ change: (inout [String: String]) -> Void) -> SQLiteComparison {
    var rows = matching
    change(&rows)
    return SQLiteComparison(manifest: manifest, actual: rows)
  }

  @Test func `rights that match the manifest need no step, with any formatting`() throws {
    #expect(comparison { _ in }.plan.isEmpty)
    let spaced = matching.mapValues { $0.replacing(",", with: ", ") }
    #expect(SQLiteComparison(manifest: manifest, actual: spaced).plan.isEmpty)
  }

  @Test func `a file without rights gets the table and a row for each account`() {
    let plan = SQLiteComparison(manifest: manifest, actual: nil).plan
    #expect(plan.steps.count == 1 + manifest.databaseAccounts.count)
    #expect(plan.steps.first?.text.hasPrefix("CREATE TABLE") == true)
  }

  @Test func `an undeclared account's row is removed and named`() {
    let compared = comparison { $0["o'stranger"] = "{}" }
    #expect(compared.plan.steps.map(\.text) == ["DELETE FROM bulkhead_rights WHERE account = 'o''stranger'"])
    #expect(compared.deviations.map(\.account) == ["o'stranger"])
  }

  @Test func `a plan for one account writes its row alone`() throws {
    var rows = matching
    rows["analytics-ro"] = nil
    rows["connector-rw"] = nil
    let plan = SQLiteComparison(
      manifest: manifest, actual: rows, focus: try AccessFocus(["analytics-ro"], in: manifest)
    ).plan
    #expect(plan.steps.map { $0.text.contains("'analytics-ro'") } == [true])
    #expect(plan.leftOut == ["connector-rw": 1])
  }

  @Test func `a missing row and an unreadable one are named and written`() {
    let compared = comparison {
      $0["analytics-ro"] = nil
      $0["connector-rw"] = "{"
    }
    #expect(compared.deviations.map(\.kind) == [.missing, .different])
    #expect(compared.plan.steps.count == 2)
  }

  @Test func `an excess column is named with table, verb and column`() throws {
    let account = try #require(manifest.databaseAccount(named: "analytics-ro"))
    var rights = SQLiteRights(declaredFor: account)
    rights.tables["users"]?.select?.columns?.append("password")
    let json = try rights.json()
    let found = comparison { $0["analytics-ro"] = json }.deviations
    #expect(found.map(\.object) == ["users"])
    #expect(found.map(\.privilege) == ["SELECT"])
    #expect(found.map(\.column) == ["password"])
  }

  @Test func `a missing column is named with table, verb and column`() throws {
    let account = try #require(manifest.databaseAccount(named: "analytics-ro"))
    var rights = SQLiteRights(declaredFor: account)
    rights.tables["users"]?.select?.columns?.removeAll { $0 == "role" }
    let json = try rights.json()
    let found = comparison { $0["analytics-ro"] = json }.deviations
    #expect(found.map(\.kind) == [.missing])
    #expect(found.map(\.column) == ["role"])
  }

  @Test func `a missing or different row scope is an excess, and the declared one is missing`() throws {
    let account = try #require(manifest.databaseAccount(named: "twitch-trigger"))
    for scope in [nil, SQLiteRights.RowScope(column: "platform", value: "discord")] {
      var rights = SQLiteRights(declaredFor: account)
      rights.tables["platform_integrations"]?.select?.rows = scope
      let json = try rights.json()
      let found = comparison { $0["twitch-trigger"] = json }.deviations
      #expect(found.map(\.kind) == [.excess, .missing])
      #expect(found.allSatisfy { $0.object == "platform_integrations" && $0.privilege == "SELECT" })
    }
  }

  @Test func `the manifest's row scopes become part of the rights`() throws {
    let account = try #require(manifest.databaseAccount(named: "twitch-trigger"))
    let rights = SQLiteRights(declaredFor: account)
    let scope = SQLiteRights.RowScope(column: "platform", value: "twitch")
    #expect(rights.tables["platform_integrations"]?.select?.rows == scope)
    #expect(rights.tables["platform_integrations"]?.delete?.rows == scope)
    #expect(rights.tables["events"]?.select?.rows?.value == "backend-api")
    #expect(rights.tables["events"]?.insert?.rows?.value == "twitch-trigger")
    #expect(rights.tables["users"] == nil)
  }
}
