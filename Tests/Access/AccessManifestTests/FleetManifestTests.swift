import Testing

@testable import AccessManifest

/// The accounts and rights of the specification, against `deploy/access.yaml`.
@Suite struct FleetManifestTests {
  let manifest: AccessManifest

  init() throws {
    manifest = try AccessManifest.parse(ManifestText.ofTheFleet)
  }

  @Test func `the fleet's manifest has no errors and every specified account`() {
    #expect(
      manifest.databaseAccounts.map(\.name).starts(with: [
        "backend-api-rw", "connector-rw", "twitch-trigger", "discord-trigger", "analytics-ro",
        "analytics-rollup-rw",
      ]))
    #expect(
      manifest.cacheAccounts.map(\.name).starts(with: [
        "backend-api-cache", "connector-cache", "twitch-trigger-cache", "discord-trigger-cache",
        "analytics-cache",
        "analytics-rollup-cache",
      ]))
    #expect(manifest.administrators.databaseAccount == "migrate-admin")
  }

  @Test(arguments: ["users", "sessions", "settings", "user_tokens"])
  func `backend-api-rw may do everything to its own tables`(_ table: String) {
    for verb in TableVerb.allCases {
      #expect(manifest.mayDo("backend-api-rw", verb, on: table) == .allowed)
    }
  }

  @Test
  func `an account adds rows of the audit log only under its own source, and the auditor alone reads them`() {
    for account in manifest.databaseAccounts.map(\.name) {
      for verb in [TableVerb.update, .delete] {
        #expect(manifest.mayDo(account, verb, on: "audit_log") == .denied)
      }
      let source = manifest.databaseAccount(named: account)?.service ?? ""
      let insert = manifest.mayDo(account, .insert, on: "audit_log")
      #expect(insert == .denied || insert == .allowedWithin(RowScope(column: "source", value: source)))
      #expect(
        manifest.mayDo(account, .select, on: "audit_log") == (account == "auditor-ro" ? .allowed : .denied))
    }
    #expect(manifest.mayDo("auditor-ro", .select, on: "users") == .denied)
  }

  @Test func `an account adds events only under its own source and never changes one`() {
    let writers = [
      "backend-api-rw": "backend-api", "connector-rw": "connector", "twitch-trigger": "twitch-trigger",
      "discord-trigger": "discord-trigger",
    ]
    for account in manifest.databaseAccounts.map(\.name) {
      let expected = writers[account].map { Permission.allowedWithin(RowScope(column: "source", value: $0)) }
      #expect(manifest.mayDo(account, .insert, on: "events") == expected ?? .denied)
      #expect(manifest.mayDo(account, .update, on: "events") == .denied)
      #expect(manifest.mayDo(account, .delete, on: "events") == .denied)
    }
  }

  @Test(arguments: ["twitch", "discord"])
  func `a trigger may use only the rows of its platform`(_ platform: String) {
    for verb in TableVerb.allCases {
      #expect(
        manifest.mayDo("\(platform)-trigger", verb, on: "platform_integrations")
          == .allowedWithin(RowScope(column: "platform", value: platform)))
    }
    #expect(manifest.mayDo("\(platform)-trigger", .select, on: "users") == .denied)
    #expect(
      manifest.mayDo("\(platform)-trigger", .select, on: "events")
        == .allowedWithin(RowScope(column: "source", value: "backend-api")))
  }

  @Test(arguments: ["analytics-ro", "analytics-rollup-rw"])
  func `analytics may read no email, no password and no token`(_ account: String) {
    for column in ["email", "password", "fs_uniquifier", "updated_at"] {
      #expect(manifest.mayDo(account, .select, on: "users", column: column) == .denied)
    }
    for column in ["id", "active", "role", "confirmed_at", "created_at"] {
      #expect(manifest.mayDo(account, .select, on: "users", column: column) == .allowed)
    }
    #expect(manifest.mayDo(account, .select, on: "sessions", column: "token_hash") == .denied)
    #expect(manifest.mayDo(account, .select, on: "sessions", column: "expires_at") == .allowed)
  }

  @Test func `only the worker may write the rollups`() {
    for verb in TableVerb.allCases where verb.isWrite {
      #expect(manifest.mayDo("analytics-ro", verb, on: "rollups") == .denied)
      #expect(manifest.mayDo("analytics-rollup-rw", verb, on: "rollups") == .allowed)
    }
  }

  @Test func `every account may read the record of migrations and none may write it`() {
    for account in manifest.databaseAccounts.map(\.name) {
      #expect(manifest.mayDo(account, .select, on: "schema_migrations") == .allowed)
      #expect(manifest.mayDo(account, .insert, on: "schema_migrations") == .denied)
    }
  }

  @Test func `an account that is not in the manifest may do nothing`() {
    #expect(manifest.mayDo("stranger", .select, on: "events") == .denied)
    #expect(manifest.mayUse("stranger", keysWith: "analytics:") == nil)
  }

  @Test func `cache accounts have the keys of their service and analytics-cache may only read`() {
    #expect(manifest.mayUse("backend-api-cache", keysWith: "backend-api:") == .readWrite)
    #expect(manifest.mayUse("backend-api-cache", keysWith: "connector:") == nil)
    #expect(manifest.mayUse("analytics-cache", keysWith: "analytics:") == .read)
    #expect(manifest.mayUse("analytics-rollup-cache", keysWith: "analytics:") == .readWrite)
    #expect(
      manifest.keyPrefixes.starts(with: [
        "backend-api:", "connector:", "twitch-trigger:", "discord-trigger:", "analytics:",
      ]))
  }

  @Test func `the tables with a row scope need row security`() {
    #expect(manifest.rowScopedTables == ["audit_log", "events", "platform_integrations"])
    #expect(manifest.rowScopes(of: "platform_integrations").map(\.value) == ["twitch", "discord"])
  }

  @Test func `only the connector may call outside, and the edge does not reach the worker`() {
    let open = { (side: NetworkSide) in
      manifest.services.filter { $0.network.contains { $0.side == side } }.map(\.name)
    }
    #expect(open(.outside) == ["connector"])
    let specified = ["backend-api", "connector", "twitch-trigger", "discord-trigger", "analytics"]
    #expect(open(.edge).starts(with: specified) && !open(.edge).contains("analytics-rollup"))
  }

  @Test func `only backend-api holds the signing key`() {
    let holders = manifest.services.filter { $0.secrets.contains { $0.name == "token-key" } }
    #expect(holders.map(\.name) == ["backend-api"])
  }
}
