import AccessManifest
import DatabaseTestSupport
import Testing

@testable import bulkhead

/// What `access explain` says about an account.
@Suite struct ExplainedRightTests {
  private func rights(_ account: String, on table: String?) throws -> [ExplainedRight] {
    let manifest = try FleetManifest.load()
    return ExplainedRight.all(
      of: try #require(manifest.databaseAccount(named: account)), on: table, in: manifest)
  }

  @Test func `each verb on a table is explained, denied ones included`() throws {
    let found = try rights("analytics-ro", on: "users")
    #expect(
      found.map(\.words) == [
        "only id, active, role, confirmed_at, created_at, every row", "denied: no line grants it",
        "denied: no line grants it", "denied: no line grants it",
      ])
    #expect(found.map(\.isAllowed) == [true, false, false, false])
    #expect(found.map { $0.line != nil } == [true, false, false, false])
  }

  @Test func `a scope of rows and the identity are in the words`() throws {
    let found = try rights("twitch-trigger", on: "platform_integrations")
    #expect(found[0].words == "every column, rows with platform = twitch")
    #expect(found[1].words == "every column but the identity, rows with platform = twitch")
  }

  @Test func `without a table, only tables with a right are listed`() throws {
    #expect(
      Set(try rights("twitch-trigger", on: nil).map(\.object))
        == ["platform_integrations", "events", "audit_log", "schema_migrations"])
  }

  @Test func `a pattern of a live manifest explains the tables that it covers, but those with an own entry`()
    throws
  {
    let manifest = try AccessManifest.parse(
      """
      version: 1
      schema: live
      administrators: { database: { account: shop_owner } }
      services:
        cart:
          database:
            account: shop_cart
            level: read-write
            grants:
              "dj*": [select]
              djs: [insert]
      """)
    let account = try #require(manifest.databaseAccount(named: "shop_cart"))
    func allowed(_ table: String) -> [String] {
      ExplainedRight.all(of: account, on: table, in: manifest).filter(\.isAllowed).map(\.verb)
    }
    #expect(allowed("dj") == ["select"] && allowed("djs") == ["insert"])
    #expect(allowed("sales.dj") == [] && allowed("other") == [])
    let right = ExplainedRight.all(of: account, on: "dj", in: manifest)[0]
    #expect(right.words.contains("by the pattern 'dj*'") && right.line == 10)
  }

  @Test func `a cache account's key spaces are explained`() throws {
    let account = try #require(try FleetManifest.load().cacheAccount(named: "analytics-cache"))
    let found = ExplainedRight.all(of: account)
    #expect(found.map(\.object) == ["analytics:*"] && found.map(\.verb) == ["read"])
  }
}
