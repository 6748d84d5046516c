import AccessManifest
import AccessPlanning

/// Everything in a PostgreSQL database that affects access, either as the manifest declares it or as the catalog stores
/// it.
package struct PostgresState: Sendable, Hashable {
  /// The database's name.
  package var database: String
  /// The roles by name; a declared state contains only those of the manifest.
  package var roles: [String: PostgresRole] = [:]
  package var memberships: Set<PostgresMembership> = []
  /// Entries of access control lists, without those of owners on their own objects.
  package var privileges: Set<PostgresPrivilege> = []
  package var owners: [PostgresObject: String] = [:]
  package var rowSecurity: [String: RowSecurity] = [:]
  package var policies: Set<PostgresPolicy> = []
  /// Triggers, rules and child tables; the manifest declares none.
  package var attachments: Set<PostgresAttachment> = []
  /// Settings for all roles; the manifest declares none.
  package var settingsOfEveryone: Set<PostgresSetting> = []
  /// The server's superusers, except the initial one.
  package var superusers: Set<String> = []
  /// The server's response to each account's credential.
  package var credentials: [String: CredentialState] = [:]

  /// Makes an empty state.
  package init(database: String) {
    self.database = database
  }
}
