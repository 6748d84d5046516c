import Testing

@testable import AccessLint
@testable import AccessManifest

/// Patterns of cache keys that cover each other. The parser accepts only `SERVICE:*`, so the accounts are values here.
@Suite struct KeyPatternTests {
  private func shadowed(_ accounts: [CacheAccount]) throws -> [String] {
    let base = try SmallManifest().manifest()
    let manifest = AccessManifest(
      administrators: base.administrators, databaseSettings: [:], services: base.services,
      owners: base.owners,
      databaseAccounts: base.databaseAccounts, cacheAccounts: accounts, scope: base.scope, places: base.places
    )
    let findings = AccessLint(manifest, tables: SmallManifest.tables).report().findings
    return findings.filter { $0.rule == .shadowedKeys }.map(\.message)
  }

  private func account(_ name: String, of service: String, _ prefixes: String...) -> CacheAccount {
    CacheAccount(
      name: name, service: service, keys: prefixes.map { KeyGrant(prefix: $0, access: .readWrite) })
  }

  @Test func `a pattern that covers another one of the same account is found`() throws {
    #expect(
      try shadowed([account("a", of: "one", "one:", "one:jobs:")])
        == ["one:* of a covers one:jobs:* of a"])
    #expect(try shadowed([account("a", of: "one", "one:jobs:", "one:users:")]) == [])
  }

  @Test func `a pattern that reaches another service's keys is found once`() throws {
    #expect(
      try shadowed([account("a", of: "one", "one"), account("b", of: "two", "one-two:")])
        == ["one* of a covers one-two:* of b"])
    #expect(
      try shadowed([account("a", of: "one", "x:"), account("b", of: "two", "x:")]) == [
        "x:* of a covers x:* of b"
      ])
    #expect(try shadowed([account("a", of: "one", "one:"), account("b", of: "two", "two:")]) == [])
  }

  @Test func `accounts of one service may share its keys`() throws {
    #expect(try shadowed([account("a", of: "one", "one:"), account("b", of: "one", "one:")]) == [])
  }
}
