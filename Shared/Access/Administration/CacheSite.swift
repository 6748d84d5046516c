import AccessManifest
import AccessPlanning
import Cache
import EventLoop

/// The cache that the tool works on, with everything that an administration needs to connect to it.
package struct CacheSite: Sendable {
  /// The declared rights.
  package let manifest: AccessManifest
  /// The accounts' passwords.
  package let credentials: CredentialStore
  /// The cache's address, and the account that the tool itself uses.
  package let configuration: CacheConfiguration
  /// The event loop of the connections.
  package let loop: EventLoop
  /// Whether `bootstrap` replaces a password of the administrator that the credential folder does not have.
  package var replacesPasswords = false
  /// The accounts that a plan is limited to.
  package var focus = AccessFocus.everything

  /// Creates a site.
  package init(
    manifest: AccessManifest, credentials: CredentialStore, configuration: CacheConfiguration, loop: EventLoop
  ) {
    self.manifest = manifest
    self.credentials = credentials
    self.configuration = configuration
    self.loop = loop
  }
}
