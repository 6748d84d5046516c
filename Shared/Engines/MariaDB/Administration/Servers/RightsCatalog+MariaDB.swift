import AccessProof
import Secrets

extension RightsCatalog {
  /// MariaDB 10.6 and newer.
  ///
  /// Of the administrator's privileges, CREATE USER makes and closes accounts, PROCESS shows who holds a lock, SET USER
  /// names the locked account as the definer of a view, and CONNECTION ADMIN ends sessions.
  static let mariaDB = RightsCatalog(
    queries: RightsQueries(
      accounts: MariaDBRightsQueries.accounts,
      globalPrivileges: { MariaDBRightsQueries.globalPrivileges(UInt64($0) ?? 0) },
      roles: MariaDBRightsQueries.roles, code: MariaDBRightsQueries.code,
      codeElsewhere: MariaDBRightsQueries.codeElsewhere, mandatoryRoles: nil,
      errorsUntilBlock: "SELECT @@global.max_password_errors"),
    passwords: PasswordScheme(
      plugin: MariaDBPasswordHash.plugin,
      verifier: { MariaDBPasswordHash.text(for: Secret($0)) },
      accepts: { verifier, password in verifier == MariaDBPasswordHash.text(for: Secret(password)) },
      unusable: "invalid", clause: { "IDENTIFIED VIA \(MariaDBPasswordHash.plugin) USING \($0)" }),
    serverRights: ["CREATE USER", "PROCESS", "SET USER", "CONNECTION ADMIN"],
    databaseRights: databaseRights,
    tablesOfRights: [
      "global_priv", "db", "tables_priv", "columns_priv", "procs_priv", "proxies_priv", "roles_mapping",
      "proc", "event", "func",
    ],
    limitsStatementTime: true, keepsTwoPasswords: false,
    viewCondition: { $0 },
    killsUsers: true, hasClusters: true, rolesHaveHosts: false,
    keptByReset: ["PROXY"],
    defaultRolePreposition: "FOR",
    escapeAttempts: .mariaDB)

  static let databaseRights: Set<String> = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER", "CREATE VIEW",
    "SHOW VIEW", "TRIGGER", "GRANT OPTION",
  ]
}
