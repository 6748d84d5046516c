import AccessManifest
import AccessPlanning
import Cache
import EventLoop

/// The cache that the tool works on, with everything an administration needs to reach it.
package struct CacheSite: Sendable {
  /// Who may do what.
  package let manifest: AccessManifest
  /// The accounts' passwords.
  package let credentials: CredentialStore
  /// The cache, and the account that the tool itself uses there.
  package let configuration: CacheConfiguration
  /// The loop that connections belong to.
  package let loop: EventLoop

  /// Puts together what belongs to one cache.
  package init(
    manifest: AccessManifest, credentials: CredentialStore, configuration: CacheConfiguration, loop: EventLoop
  ) {
    self.manifest = manifest
    self.credentials = credentials
    self.configuration = configuration
    self.loop = loop
  }
}
