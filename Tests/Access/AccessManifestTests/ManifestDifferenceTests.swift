import Testing

@testable import AccessManifest

/// What a change of the manifest means, in words.
@Suite struct ManifestDifferenceTests {
  private func changes(_ old: String, _ new: String) throws -> [ManifestChange] {
    let text = ManifestText.ofTheFleet
    try #require(text.contains(old), "\(old)")
    return ManifestDifference(
      from: try AccessManifest.parse(text), to: try AccessManifest.parse(text.replacing(old, with: new))
    ).changes
  }

  private func words(_ old: String, _ new: String) throws -> [String] {
    try changes(old, new).map { "\($0.effect.rawValue): \($0.message)" }
  }

  @Test func `equal manifests have no change`() throws {
    #expect(try changes("version: 1", "version: 1") == [])
  }

  @Test func `a verb, a column and a limit are named with their effect`() throws {
    #expect(
      try words("settings: [select, insert, update, delete]", "settings: [select]") == [
        "breaking: backend-api-rw loses insert on settings",
        "breaking: backend-api-rw loses update on settings",
        "breaking: backend-api-rw loses delete on settings",
      ])
    #expect(
      try words(
        "select: { columns: [id, user_id, created_at, expires_at, revoked_at] }",
        "select: { columns: [id, user_id, created_at, expires_at, token_hash] }") == [
          "widening: analytics-ro gains select on sessions.token_hash",
          "breaking: analytics-ro loses select on sessions.revoked_at",
          "widening: analytics-rollup-rw gains select on sessions.token_hash",
          "breaking: analytics-rollup-rw loses select on sessions.revoked_at",
        ])
    #expect(
      try words("connections: 20, statement: 30s", "connections: 10, statement: 31s") == [
        "narrowing: the limit 'connections' of analytics-ro is 10 instead of 20",
        "widening: the limit 'longest statement' of analytics-ro is 31000 ms instead of 30000 ms",
      ])
  }

  @Test func `the columns of a whole table are named when a grant names fewer`() throws {
    let found = try words(
      "        events: [select]\n        rollups: [select]\n    cache",
      "        events: { select: { columns: [id, type] } }\n        rollups: [select]\n    cache")
    #expect(found.first == "breaking: analytics-ro loses select on events.source")
    #expect(!found.contains("breaking: analytics-ro loses select on events.id"))
  }

  @Test func `a scope that manages less is a widening, and one that manages more a narrowing`() throws {
    #expect(
      try words("  mode: strict\n", "  mode: adopting\n") == [
        "widening: the mode of the scope is adopting instead of strict"
      ])
    let found = try words(
      "roles: [streaming_replica,", "schemas: [team_b]\n    roles: [")
    #expect(
      found == [
        "narrowing: roles streaming_replica are no longer left to others",
        "widening: schemas team_b are left to others",
      ])
    #expect(
      try words("  mode: strict\n", "  mode: strict\n  accepts: { \"publication cdc\": the warehouse }\n")
        == [
          "widening: the finding 'publication cdc' is accepted: the warehouse"
        ])
  }

  @Test func `rows that move are gained and lost`() throws {
    // The connector's grants on events, and not those on the audit log.
    let select = "select: all\n          "
    #expect(
      try words(
        "\(select)insert: { rows: { source: connector } }", "\(select)insert: { rows: { source: other } }")
        == [
          "widening: connector-rw gains insert on events within source = other",
          "breaking: connector-rw loses insert on events within source = connector",
        ])
    #expect(
      try words("          select: all\n", "          select: { rows: { source: connector } }\n") == [
        "narrowing: connector-rw has select on events only within source = connector"
      ])
    #expect(
      try words("\(select)insert: { rows: { source: connector } }", "\(select)insert: all") == [
        "widening: connector-rw gains insert on events on every row, not only within source = connector"
      ])
  }

  @Test func `a renamed account breaks its service`() throws {
    let found = try words("account: analytics-ro", "account: reports-ro")
    #expect(found.contains("breaking: account analytics-ro of service analytics is removed"))
    #expect(found.contains("widening: account reports-ro of service analytics is added"))
    #expect(found.contains("breaking: service analytics connects as reports-ro instead of analytics-ro"))
    #expect(
      found.contains(
        "widening: reports-ro gains select on users (id, active, role, confirmed_at, created_at)"))
  }

  @Test func `keys, secrets, the network and settings are named`() throws {
    #expect(
      try words("{ \"analytics:*\": read } }", "{ \"analytics:*\": read-write } }")
        == ["widening: analytics-cache gains writing of analytics:*"])
    #expect(
      try words("    secrets: { webhook-key: seals the secrets of webhooks at rest }\n", "")
        == ["breaking: service connector loses the secret webhook-key"])
    #expect(
      try words("    network: { edge: operators read the reports }\n", "")
        == ["breaking: service analytics loses the network edge"])
    #expect(
      try words(
        "      level: read-only\n      limits: { connections: 20,",
        "      level: read-only\n      settings: { log_statement: all }\n      limits: { connections: 20,")
        == ["narrowing: log_statement of analytics-ro is set to all"])
  }

  @Test func `what guards the manifest is named where it goes, and where it comes`() throws {
    #expect(
      try words("  user_tokens: [token_hash]\n", "") == [
        "widening: user_tokens.token_hash is no longer a secret column: the lint names no second reader of it"
      ])
    #expect(
      try words("  webhooks: [secret]\n", "  webhooks: [secret, url]\n") == [
        "narrowing: webhooks.url is a secret column"
      ])
    #expect(
      try words("secret_columns:\n", "allow: { too-many-connections: a pooler }\nsecret_columns:\n") == [
        "widening: the rule 'too-many-connections' in the whole manifest is switched off: a pooler"
      ])
    #expect(
      try words("max_connections: 300,", "max_connections: 3000,") == [
        "widening: max_connections of the database's server is 3000 instead of 300"
      ])
    #expect(
      try words("max_connections: 300, ", "") == [
        "widening: max_connections of the database's server is not declared instead of 300"
      ])
    #expect(
      try words("account: migrate-admin", "account: other-admin") == [
        "breaking: the administrator of the database is other-admin instead of migrate-admin",
        "widening: other-admin administers the database, and may give itself each right there",
      ])
  }

  @Test func `each effect is one of three words`() {
    #expect(ManifestChange.Effect.allCases.map(\.rawValue) == ["widening", "narrowing", "breaking"])
  }

  // MARK: Lines

  @Test func `the line of a grant is that of its verb, and that of everyone where the service has none`()
    throws
  {
    let manifest = try AccessManifest.parse(ManifestText.ofTheFleet)
    let account = try #require(manifest.databaseAccount(named: "connector-rw"))
    let lines = ManifestText.ofTheFleet.split(separator: "\n", omittingEmptySubsequences: false)
    let line = { (verb: TableVerb, table: String) in
      manifest.line(of: verb, on: table, for: account).map { String(lines[$0 - 1]) } ?? ""
    }
    #expect(line(.insert, "events").contains("insert: { rows: { source: connector } }"))
    #expect(line(.update, "webhooks").contains("webhooks: [select, insert, update, delete]"))
    #expect(line(.select, "schema_migrations").contains("schema_migrations: [select]"))
    #expect(manifest.line(of: .delete, on: "events", for: account) == nil)
  }
}
