import Testing

@testable import AccessManifest

/// The part of the manifest that says what it manages.
@Suite struct ScopeTests {
  private static let shipped = "  mode: strict\n"

  private func scope(_ text: String) throws -> AccessScope {
    let manifest = ManifestText.ofTheFleet
    let start = try #require(manifest.range(of: "scope:\n"))
    let end = try #require(manifest.range(of: "# Tables that belong to no service."))
    return try AccessManifest.parse(
      manifest.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: text)
    ).scope
  }

  @Test func `a manifest without a scope is strict and knows no others`() throws {
    #expect(try scope("") == AccessScope())
    #expect(AccessScope().mode == .strict)
  }

  @Test func `a scope lists the roles, schemas, extensions and cache users of others`() throws {
    let scope = try scope(
      """
      scope:
        mode: adopting
        others:
          roles: [backup, "team-b-*"]
          schemas: [team_b]
          extensions: [postgres_fdw]
          cache_users: [replica]
        accepts:
          "publication cdc": the warehouse

      """)
    #expect(scope.mode == .adopting)
    #expect(scope.roles.cover("backup") && scope.roles.cover("team-b-app"))
    #expect(!scope.roles.cover("backups") && !scope.roles.cover("team-c"))
    #expect(scope.schemas.cover("team_b") && scope.extensions.cover("postgres_fdw"))
    #expect(scope.cacheUsers.cover("replica"))
    #expect(scope.accepts == ["publication cdc": "the warehouse"])
  }

  @Test(arguments: [
    ("  mode: strikt\n", "mode must be strict, adopting, additive, not 'strikt'; did you mean 'strict'?"),
    ("  mode: adopting\n  other: {}\n", "scope has no key 'other'; did you mean 'others'?"),
    (
      "  mode: strict\n  others:\n    roles: [\"connector-*\"]\n",
      "'connector-*' in 'roles' of others covers 'connector-rw', which is our own"
    ),
    (
      "  mode: strict\n  others:\n    roles: [migrate-admin]\n",
      "'migrate-admin' in 'roles' of others covers 'migrate-admin', which is our own"
    ),
    (
      "  mode: strict\n  others:\n    cache_users: [\"*\"]\n",
      "'*' in 'cache_users' of others covers 'backend-api-rw', which is our own"
    ),
    (
      "  mode: strict\n  others:\n    schemas: [public]\n",
      "'public' in 'schemas' of others covers 'public', which is our own"
    ),
    (
      "  mode: strict\n  accepts: { \"table x\": \"\" }\n",
      "the reason for 'table x' must be a non-empty text"
    ),
    ("  others: {}\n", "scope lacks 'mode'"),
  ])
  func `a mistake in the scope is reported with its line`(_ text: String, _ message: String) throws {
    let found = #expect(throws: ManifestErrors.self) { _ = try scope("scope:\n" + text) }
    #expect(found?.problems.map(\.message) == [message])
    #expect(found?.problems.allSatisfy { $0.line != nil } == true)
  }
}
