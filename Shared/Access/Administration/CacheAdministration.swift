import AccessManifest
import AccessPlanning
import AccessProof
import Cache

/// What a cache engine is to the operator's tool: inspection, rights, attempts, bootstrap and rendering.
package protocol CacheAdministration: Sendable {
  /// The engine as a service sees it.
  var engine: any CacheEngine { get }

  /// The commands that the proof tries.
  var probes: CacheProbes { get }

  /// Gives `body` the rights in the cache, over a connection of the administrator's that ends with it.
  /// - Throws: What the connection failed with, or what `body` throws.
  func withGrants<Result>(
    of site: CacheSite, _ body: (any GrantTarget) async throws -> Result
  ) async throws -> Result

  /// Connects as an account of the manifest, with its own credential, for the proof.
  func connect(as account: String, of site: CacheSite) async throws -> any CacheConnection

  /// Creates the cache's administrator; a second run does nothing.
  func bootstrap(_ site: CacheSite) async throws(AccessError) -> BootstrapOutcome

  /// The manifest's rights as an ACL file, made offline; nil where the engine takes its rights in no such form.
  func accessControlList(for manifest: AccessManifest, credentials: CredentialStore) throws -> String?
}
