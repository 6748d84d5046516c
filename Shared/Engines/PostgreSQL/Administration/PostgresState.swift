import AccessManifest
import AccessPlanning

/// Everything in a PostgreSQL database that bears on who may do what: as declared, or as the catalog has it.
package struct PostgresState: Sendable, Hashable {
  /// The database's name.
  package var database: String
  /// The roles by name; as declared only those of the manifest.
  package var roles: [String: PostgresRole] = [:]
  package var memberships: Set<PostgresMembership> = []
  /// Entries of access control lists; what owners hold on their own objects is left out.
  package var privileges: Set<PostgresPrivilege> = []
  package var owners: [PostgresObject: String] = [:]
  package var rowSecurity: [String: RowSecurity] = [:]
  package var policies: Set<PostgresPolicy> = []
  /// Triggers, rules and children of tables; the fleet has none.
  package var attachments: Set<PostgresAttachment> = []
  /// What is set for everyone; the manifest speaks of accounts alone.
  package var settingsOfEveryone: Set<PostgresSetting> = []
  /// The server's superusers, but for the first.
  package var superusers: Set<String> = []
  /// How the server answered each account's credential.
  package var credentials: [String: CredentialState] = [:]

  /// A state with nothing in it.
  package init(database: String) {
    self.database = database
  }
}
