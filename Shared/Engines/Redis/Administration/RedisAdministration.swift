import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import Cache
import RedisDriver
import Secrets

/// Redis and Valkey for the operator's tool.
package struct RedisAdministration: CacheAdministration {
  /// Makes the administration; it has no settings.
  package init() {}

  package var engine: any CacheEngine { RedisEngine() }

  package var reportName: String { RedisGrants.name }

  package var probes: CacheProbes { .redis }

  package func withGrants<Result>(
    of site: CacheSite, _ body: (any GrantTarget) async throws -> Result
  ) async throws -> Result {
    try await withConnection(of: site) { administrator in
      try await body(
        RedisGrants(
          manifest: site.manifest, credentials: site.credentials, administrator: administrator,
          focus: site.focus))
    }
  }

  package func withPasswords<Result>(
    of site: CacheSite, _ body: (any AccountPasswords) async throws -> Result
  ) async throws -> Result? {
    try await withConnection(of: site) { administrator in
      let passwords = RedisPasswords(administrator) { account, password throws(CacheError) in
        let configuration = site.configuration.connecting(as: account, password: password)
        await (try open(configuration, name: "bulkhead", site)).close()
      }
      try await passwords.refuseReplica(of: site.manifest)
      return try await body(passwords)
    }
  }

  package func connect(as account: String, of site: CacheSite) async throws -> any CacheConnection {
    var configuration = site.configuration.connecting(as: account, password: Secret(""))
    configuration.credential = try site.credentials.source(of: account)
    return try await open(configuration, name: "bulkhead-proof", site)
  }

  package func login(of site: CacheSite) -> ProofCache.Login? {
    { account, password in
      try await open(
        site.configuration.connecting(as: account, password: password), name: "bulkhead-proof", site)
    }
  }

  package func survey(of site: CacheSite) -> CacheSurvey.Reader? {
    { try await withConnection(of: site) { try await Self.survey(site.manifest, site.credentials, by: $0) } }
  }

  /// Reads what the server has beside the manifest, by a connection of its administrator.
  package static func survey(
    _ manifest: AccessManifest, _ credentials: CredentialStore, by administrator: any CacheConnection
  ) async throws -> CacheSurvey {
    let state = try await RedisStateReader(administrator).read()
    var survey = CacheSurvey(of: state, manifest)
    survey.serversLeftOut = state.place?.replicas ?? []
    let grants = RedisGrants(manifest: manifest, credentials: credentials, administrator: administrator)
    do throws(AccessError) {
      survey.untried += try await grants.verify().heldRights
    } catch {
      guard case .cache(let reason) = error else { throw error }
      throw reason
    }
    for account in manifest.cacheAccounts.map(\.name) where state.users[CacheWord(account)] != nil {
      survey.untried += try await allowedHarm(of: account, by: administrator)
    }
    return survey
  }

  /// The server checks the rights of the account as if it ran the command. A command that this release lacks is none.
  private static func allowedHarm(
    of account: String, by administrator: any CacheConnection
  ) async throws -> [UntriedRight] {
    let commands = CacheProbes.harmful.map { $0.split(separator: " ").map { Array($0.utf8) } }
    let replies = await administrator.pipeline(
      commands.map { ["ACL", "DRYRUN", account].map { Array($0.utf8) } + $0 })
    return zip(CacheProbes.harmful, replies).compactMap { command, reply in
      guard case .success(let value) = reply, value.text == "OK" else { return nil }
      return UntriedRight(account: account, object: "server", right: command)
    }
  }

  /// Runs the bootstrap. When the cache's administrator runs it, its current password stays in use.
  package func bootstrap(_ site: CacheSite) async throws(AccessError) -> BootstrapOutcome {
    let administrator = site.manifest.administrators.cacheAccount
    do {
      if site.configuration.user == administrator, !site.credentials.contains(administrator) {
        try site.credentials.replace(administrator, with: site.configuration.password)
      }
      return try await withConnection(of: site) { connection in
        // Who connects as the administrator has its password, and may replace it.
        if site.configuration.user != administrator, !site.replacesPasswords {
          try await RedisBootstrap.refuseOtherPassword(of: administrator, than: site.credentials, connection)
        }
        _ = try site.credentials.createMissing(for: [administrator])
        let passwords = try site.credentials.content(of: administrator).passwords
        let bootstrap = RedisBootstrap(
          manifest: site.manifest, passwords: passwords, connection: connection)
        return BootstrapOutcome(engine: RedisGrants.name, done: try await bootstrap.run())
      }
    } catch let error as CredentialStore.Failure {
      throw .credential(error)
    } catch let error as CacheError {
      throw .cache(error)
    } catch let error as AccessError {
      throw error
    } catch {
      throw .unsupported("\(error)")
    }
  }

  /// Writes the ACL with the digests of the existing credentials. The server stores only the digest of a password.
  package func accessControlList(
    for manifest: AccessManifest, credentials: CredentialStore
  ) throws -> String? {
    let accounts = manifest.cacheAccounts.map(\.name) + [manifest.administrators.cacheAccount]
    var digests: [String: String] = [:]
    for account in accounts where credentials.contains(account) {
      digests[account] = try RedisGrants.digest(of: account, in: credentials)
    }
    return RedisAccessControlList(manifest).text(passwordDigests: digests)
  }

  private func withConnection<Result>(
    of site: CacheSite, _ body: (any CacheConnection) async throws -> Result
  ) async throws -> Result {
    let connection = try await open(site.configuration, name: "bulkhead", site)
    return try await connection.closing { try await body(connection) }
  }

  private func open(
    _ configuration: CacheConfiguration, name: String, _ site: CacheSite
  ) async throws(CacheError) -> any CacheConnection {
    let timeouts = RedisTimeouts.administration
    let options = RedisOptions(connectionName: name, timeouts: timeouts)
    return AdministrationConnection(
      try await RedisConnection.open(configuration, options: options, on: site.loop),
      to: "\(configuration.endpoint)", timeouts)
  }
}
