import AccessManifest

/// Everything in a PostgreSQL database that bears on who may do what: as declared, or as the catalog has it.
public struct PostgresState: Sendable, Hashable {
  /// The database's name.
  public var database: String
  /// The roles by name; as declared only those of the manifest.
  public var roles: [String: PostgresRole] = [:]
  public var memberships: Set<PostgresMembership> = []
  /// Entries of access control lists; what owners hold on their own objects is left out.
  public var privileges: Set<PostgresPrivilege> = []
  public var owners: [PostgresObject: String] = [:]
  public var rowSecurity: [String: RowSecurity] = [:]
  public var policies: Set<PostgresPolicy> = []
  /// Triggers, rules and children of tables; the fleet has none.
  public var attachments: Set<PostgresAttachment> = []
  /// What is set for everyone; the manifest speaks of accounts alone.
  public var settingsOfEveryone: Set<PostgresSetting> = []
  /// The server's superusers, but for the first.
  public var superusers: Set<String> = []
  /// How the server answered each account's credential.
  public var credentials: [String: CredentialState] = [:]

  /// A state with nothing in it.
  public init(database: String) {
    self.database = database
  }
}

/// How an engine answered when an account's credential was tried.
public enum CredentialState: Sendable, Hashable {
  /// It was let in.
  case accepted
  /// It was refused: the engine has another password for it, or none.
  case refused
  /// There is no credential file to try.
  case absent
  /// The engine lets the account in without looking at its password, so that nothing can be said.
  case unchecked
}
