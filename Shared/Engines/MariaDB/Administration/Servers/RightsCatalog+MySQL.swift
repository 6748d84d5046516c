import AccessProof

extension RightsCatalog {
  /// MySQL 8.4 and newer.
  ///
  /// The administrator sees the server's routines by SHOW_ROUTINE and the database's events by EVENT alone: the tables in
  /// which MySQL keeps them are hidden.
  static let mySQL = RightsCatalog(
    queries: RightsQueries(
      accounts: MySQLRightsQueries.accounts,
      globalPrivileges: { $0.split(separator: ",").map(String.init) },
      roles: MySQLRightsQueries.roles, code: MySQLRightsQueries.code,
      codeElsewhere: MySQLRightsQueries.codeElsewhere,
      mandatoryRoles: "SELECT @@global.mandatory_roles"),
    passwords: PasswordScheme(
      plugin: MySQLPasswordHash.plugin, verifier: { MySQLPasswordHash.text(for: $0) },
      accepts: MySQLPasswordHash.accepts, unusable: MySQLPasswordHash.unusable,
      clause: { "IDENTIFIED WITH \(MySQLPasswordHash.plugin) AS \($0)" }),
    serverRights: [
      "CREATE USER", "PROCESS", "SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER", "CONNECTION_ADMIN",
      "SHOW_ROUTINE",
    ],
    databaseRights: databaseRights.union(["EVENT"]),
    tablesOfRights: [
      "user", "db", "tables_priv", "columns_priv", "procs_priv", "proxies_priv", "role_edges",
      "default_roles", "global_grants", "func",
    ],
    limitsStatementTime: false, keepsTwoPasswords: true,
    viewCondition: { "(\($0))" },
    killsUsers: false, hasClusters: false, rolesHaveHosts: true,
    keptByReset: ["PROXY", "MEMBER"],
    defaultRolePreposition: "TO",
    escapeAttempts: .mySQL)

  /// For scripts that are written without a server: as MariaDB's, with logins for both.
  static let script: RightsCatalog = {
    var catalog = mariaDB
    catalog.passwords = PasswordScheme(onMariaDB: mariaDB.passwords, onMySQL: mySQL.passwords)
    return catalog
  }()
}
