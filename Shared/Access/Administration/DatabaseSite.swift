import AccessManifest
import AccessPlanning
import DataAccess
import EventLoop
import Logging

/// The database that the tool works on, with everything that an administration needs to connect to it.
package struct DatabaseSite: Sendable {
  /// The declared rights.
  package let manifest: AccessManifest
  /// The accounts' passwords.
  package let credentials: CredentialStore
  /// The database's address, and the account that the tool itself uses.
  package let configuration: DatabaseConfiguration
  /// The event loop of the connections.
  package let loop: EventLoop
  /// The logger of drivers and pools.
  package let logger: Logger
  /// Whether `apply` drops the roles of accounts that the manifest no longer lists, after it has closed them.
  package var dropsRetired = false
  /// Whether `bootstrap` replaces a password of the administrator that the credential folder does not have.
  package var replacesPasswords = false
  /// The accounts that a plan is limited to.
  package var focus = AccessFocus.everything
  /// Whether a comparison logs in as each account, where only a login shows whether its password works.
  package var triesLogins = true
  /// Hears of each login of a person that a commit ended, at once.
  package var hearsEnd: @Sendable (OpenedAccess) -> Void = { _ in }

  /// Creates a site.
  package init(
    manifest: AccessManifest, credentials: CredentialStore, configuration: DatabaseConfiguration,
    loop: EventLoop, logger: Logger
  ) {
    self.manifest = manifest
    self.credentials = credentials
    var configuration = configuration
    configuration.repairsServer = true
    self.configuration = configuration
    self.loop = loop
    self.logger = logger
  }
}
