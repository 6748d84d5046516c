import AccessManifest
import AccessPlanning
import DataAccess
import EventLoop
import Logging

/// The database that the tool works on, with everything an administration needs to reach it.
package struct DatabaseSite: Sendable {
  /// Who may do what.
  package let manifest: AccessManifest
  /// The accounts' passwords.
  package let credentials: CredentialStore
  /// The database, and the account that the tool itself uses there.
  package let configuration: DatabaseConfiguration
  /// The loop that connections belong to.
  package let loop: EventLoop
  /// Where drivers and pools report.
  package let logger: Logger

  /// Puts together what belongs to one database.
  package init(
    manifest: AccessManifest, credentials: CredentialStore, configuration: DatabaseConfiguration,
    loop: EventLoop, logger: Logger
  ) {
    self.manifest = manifest
    self.credentials = credentials
    self.configuration = configuration
    self.loop = loop
    self.logger = logger
  }
}
