import AccessManifest
import AccessPlanning
import AccessProof
import Cache

/// A cache engine as the operator's tool uses it: inspection, rights, probes, bootstrap and rendering.
package protocol CacheAdministration: Sendable {
  /// The engine as services use it.
  var engine: any CacheEngine { get }

  /// The engine's name in reports: `Redis`.
  var reportName: String { get }

  /// The commands that the proof tries.
  var probes: CacheProbes { get }

  /// Connects as the administrator, passes the rights in the cache to `body`, and closes the connection after it.
  /// - Throws: the error of the connection, or of `body`.
  func withGrants<Result>(
    of site: CacheSite, _ body: (any GrantTarget) async throws -> Result
  ) async throws -> Result

  /// Connects as the administrator, passes the accounts' passwords to `body`, and closes the connection after it. Returns
  /// nil, without a connection, where the engine checks no password.
  func withPasswords<Result>(
    of site: CacheSite, _ body: (any AccountPasswords) async throws -> Result
  ) async throws -> Result?

  /// Connects as an account of the manifest, with its own credential, for the proof.
  func connect(as account: String, of site: CacheSite) async throws -> any CacheConnection

  /// Connects as any user with any password, for the logins that must fail; an empty name sends no login. Nil where the
  /// engine checks no password.
  func login(of site: CacheSite) -> ProofCache.Login?

  /// Reads what the cache has beside the manifest, for the proof; nil where the engine has no users.
  func survey(of site: CacheSite) -> CacheSurvey.Reader?

  /// Creates the cache's administrator. A second run does nothing.
  func bootstrap(_ site: CacheSite) async throws(AccessError) -> BootstrapOutcome

  /// The manifest's rights as an ACL file, made offline; nil where the engine takes its rights in another form.
  func accessControlList(for manifest: AccessManifest, credentials: CredentialStore) throws -> String?
}

extension CacheAdministration {
  /// An engine without users has nothing beside the manifest.
  package func survey(of site: CacheSite) -> CacheSurvey.Reader? { nil }

  /// An engine that checks no password has none to change.
  package func withPasswords<Result>(
    of site: CacheSite, _ body: (any AccountPasswords) async throws -> Result
  ) async throws -> Result? { nil }
}
