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
  /// The tables whose row security stays off, because it would take rows away, which the mode additive does not do.
  var unguarded: Set<String> = []
  /// The declared rights on some rows of such a table, which would open all of them.
  var withheld: Set<PostgresPrivilege> = []
  /// Triggers, rules, child and parent tables; the manifest declares none.
  package var attachments: Set<PostgresAttachment> = []
  /// Settings for all roles. Declared is the time zone of the database alone.
  package var settingsOfEveryone: Set<PostgresSetting> = []
  /// The server's superusers, except the initial one.
  package var superusers: Set<String> = []
  /// The rest of the catalog that affects access. The manifest declares none of these.
  package var findings: Set<PostgresFinding> = []
  /// The unique keys of the tables.
  package var keys: Set<PostgresKey> = []
  /// The constraints and unique indexes of the tables.
  package var constraints: Set<PostgresConstraint> = []
  /// The defaults of the tables' columns.
  package var defaults: Set<PostgresDefault> = []
  /// Rights that owners no longer have on their own objects.
  package var missingOwnerRights: Set<PostgresPrivilege> = []
  /// The columns whose values the planner samples. Declared are those that must not be sampled: the columns of the
  /// tables of which an account reads only its own rows.
  package var sampledColumns: Set<PostgresSampledColumn> = []
  /// Whether a newer release has migrated the database, so that this one does not list all of its objects.
  package var hasNewerSchema = false
  /// The server's time, in seconds since 1970.
  package var now: Int64 = 0
  /// The role that `initdb` made, which owns what PostgreSQL brings along.
  package var initialSuperuser = ""
  /// Whether the rules of `pg_hba.conf` can be read.
  package var readsAuthenticationRules = false
  /// What the manifest manages; only a declared state has one.
  package var scope = PostgresScope()
  /// The accounts that have left a manifest, by the passwords that the tool made for them; only a declared state has any,
  /// and none in the mode strict over a schema of ours.
  package var former: Set<String> = []
  /// Whether such accounts are to be closed and dropped.
  package var dropsFormer = false
  /// The persons whose logins are open; only a declared state has any. The note of such a login says what it may do, and
  /// every role that makes roles can write one, so that no plan gives a right by it.
  package var persons: Set<String> = []
  /// Whether the schema is taken as given, because its tables were not made here.
  package var isLive = false
  /// The manifest's administrator; the database's owner where no manifest declares the state.
  package var administrator: String {
    get { namedAdministrator ?? owners[PostgresObject(.database, name: database)] ?? "" }
    set { namedAdministrator = newValue }
  }
  private var namedAdministrator: String?
  /// The server's parameters by name in lower case, and whether a role without SUPERUSER may set them.
  package var parameters: [String: Bool] = [:]
  /// The open sessions of each role, in every database of the server.
  package var sessions: [String: Int] = [:]
  /// The other databases of the server that a role owns or has a right on, or on a schema of which, by role.
  package var elsewhere: [String: [String]] = [:]
  /// The server's response to each account's credential.
  package var credentials: [String: CredentialState] = [:]

  /// Makes an empty state.
  package init(database: String) {
    self.database = database
  }
}

extension PostgresState {
  /// The state after the migrations and before any grant. The administrator owns everything, no accounts exist, and
  /// PostgreSQL's own defaults for PUBLIC still apply.
  init(freshlyMigrated declared: PostgresState) {
    self.init(database: declared.database)
    let databaseObject = PostgresObject(.database, name: declared.database)
    let administrator = declared.administrator
    owners = declared.owners
    keys = declared.keys
    constraints = declared.constraints
    defaults = declared.defaults
    sampledColumns = declared.sampledColumns
    roles[administrator] = .administrator
    rowSecurity = declared.rowSecurity.mapValues { _ in RowSecurity(isEnabled: false, isForced: false) }
    for privilege in ["CONNECT", "TEMPORARY"] {
      privileges.insert(PostgresPrivilege(privilege, on: databaseObject, to: .everyone, by: administrator))
    }
    privileges.insert(
      PostgresPrivilege(
        "USAGE", on: PostgresObject(.schema, name: PostgresSQL.schema), to: .everyone,
        by: Self.databaseOwnerRole))
    privileges.insert(
      PostgresPrivilege("EXECUTE", on: PostgresObject(.futureRoutines), to: .everyone, by: administrator))
  }

  /// Returns the state with one role only, for a comparison of that role.
  func roles(of name: String) -> PostgresState {
    var state = PostgresState(database: database)
    state.roles = roles.filter { $0.key == name }
    return state
  }
}
