import AccessPlanning
import AccessProof
import DataAccess
import Schema
import Secrets

/// How a server keeps accounts and rights, as far as the servers of the family differ. The states that are read from a
/// server carry it.
struct RightsCatalog: Sendable {
  let queries: RightsQueries
  var passwords: PasswordScheme
  /// The administrator's privileges on the server.
  let serverRights: [String]
  /// What migrations and grants need in the database, and no more.
  let databaseRights: Set<String>
  /// The tables of `mysql` in which the server keeps rights and code. The administrator reads them.
  let tablesOfRights: [String]
  /// Whether the name of a database in a grant is no pattern.
  var takesNamesLiterally = false
  /// Whether an account has a limit for the time of its statements.
  let limitsStatementTime: Bool
  /// Whether an account may have two passwords at a time.
  let keepsTwoPasswords: Bool
  /// How the server prints the condition of a view.
  let viewCondition: @Sendable (String) -> String
  /// Whether `KILL USER` ends all sessions of an account; otherwise each of them is ended by its number.
  let killsUsers: Bool
  /// Whether a server may be a node of a Galera cluster.
  let hasClusters: Bool
  /// Whether a role is an account like any other, with a host.
  let rolesHaveHosts: Bool
  /// What `REVOKE ALL PRIVILEGES, GRANT OPTION` leaves to an account.
  let keptByReset: Set<String>
  /// The word before the account in `SET DEFAULT ROLE NONE`.
  let defaultRolePreposition: String
  /// What the proof tries beside tables and columns.
  let escapeAttempts: EscapeAttempts
}

extension RightsCatalog {
  /// The catalog of the server behind `runner`. MySQL alone executes the comment, and adds whether `partial_revokes` is on.
  static func of(_ runner: any StatementRunner) async throws(DatabaseError) -> RightsCatalog {
    let kind = try await runner.unsafeQuery(
      unsafeSQL: "SELECT 0 /*!80017 + 1 + @@global.partial_revokes */", label: "read the kind of the server",
      isRead: true
    ).integer(0, 0)
    guard kind > 0 else { return .mariaDB }
    var catalog = RightsCatalog.mySQL
    catalog.takesNamesLiterally = kind > 1
    return catalog
  }

  /// An account or a role, as the server keeps it. On MariaDB, a row without a host that is no role is neither: the server
  /// uses it for logins from any host, and each statement takes its name for another one.
  func grantee(_ user: String, at host: String, isRole: Bool) -> MariaDBGrantee {
    let isNamedAlone = host.isEmpty && !user.isEmpty && (isRole || user == MariaDBGrantee.everyone.user)
    return MariaDBGrantee(user: user, host: host, isBare: !rolesHaveHosts && isNamedAlone)
  }

  /// The statement that ends the sessions of a user, on the node alone that executes it.
  static func ending(sessionsOf user: String) -> String { "KILL USER \(MariaDBSQL.identifier(user))" }

  /// The clause of ALTER USER that removes a second password; without one it changes nothing.
  /// https://dev.mysql.com/doc/refman/9.4/en/password-management.html#dual-passwords
  static let discardSecond = "DISCARD OLD PASSWORD"

  private static func row(_ table: String, _ conditions: [(String, String)]) -> String {
    let all = conditions.map { "\($0) = \(MariaDBSQL.shownLiteral($1))" }
    return "mysql.\(table) WHERE \(all.joined(separator: " AND "))"
  }

  /// The table and the condition of the row that keeps an account of MariaDB.
  static func row(of grantee: MariaDBGrantee) -> String {
    row("global_priv", [("User", grantee.user), ("Host", grantee.host)])
  }

  /// The table and the condition of the row that keeps a right at this place; nil for one on the whole server, which is in
  /// the account's own row.
  func row(of privilege: MariaDBPrivilege, at place: MariaDBPlace) -> String? {
    func row(_ table: String, _ conditions: [(String, String)]) -> String {
      let holder = [("User", privilege.grantee.user), ("Host", privilege.grantee.host)]
      return Self.row(table, holder + conditions)
    }
    switch place {
    case .global: return rolesHaveHosts ? nil : Self.row(of: privilege.grantee)
    case .database(let pattern): return row("db", [("Db", pattern.text)])
    case .table(let home, let name): return row("tables_priv", [("Db", home), ("Table_name", name)])
    case .column(let home, let table, let name):
      return row("columns_priv", [("Db", home), ("Table_name", table), ("Column_name", name)])
    case .routine(let home, let kind, let name):
      return row("procs_priv", [("Db", home), ("Routine_type", kind), ("Routine_name", name)])
    case .proxy(let account):
      return row("proxies_priv", [("Proxied_user", account.user), ("Proxied_host", account.host)])
    case .role(let role):
      if tablesOfRights.contains("roles_mapping") { return row("roles_mapping", [("Role", role.user)]) }
      let names = [
        ("TO_USER", privilege.grantee.user), ("TO_HOST", privilege.grantee.host), ("FROM_USER", role.user),
        ("FROM_HOST", role.host),
      ]
      return Self.row("role_edges", names)
    }
  }

  /// How a plan shows the end of sessions. A comment stands for what is one statement for each of them.
  func shownEnding(ofSessionsOf owners: [PlannedStep.SessionOwner]) -> String {
    guard owners.count <= Self.mostShownOwners else {
      return "/* KILL CONNECTION of each session of \(owners.count) accounts */"
    }
    return owners.map(shownEnding).joined(separator: "; ")
  }

  private static let mostShownOwners = 4

  private func shownEnding(of owner: PlannedStep.SessionOwner) -> String {
    switch owner {
    case .account(let user) where killsUsers: Self.ending(sessionsOf: user)
    case .account(let user): "/* KILL CONNECTION of each session of \(MariaDBSQL.identifier(user)) */"
    case .login(let user, let pattern, _):
      "/* KILL CONNECTION of each session of \(MariaDBSQL.identifier(user)) from \(MariaDBSQL.literal(pattern)) */"
    case .hosts(let pattern): "/* KILL CONNECTION of each session from \(MariaDBSQL.literal(pattern)) */"
    }
  }
}

/// The queries of accounts and rights.
struct RightsQueries: Sendable {
  /// Each row: user, host, and then, as text: whether it is a role, whether it is locked, plugin, verifier, whether it
  /// has another way to sign in (a number), `0` where its password has expired, the limits of connections, seconds of a
  /// statement, and queries, updates and logins of an hour, its default role, its global privileges, what TLS
  /// it needs (2 and more: a certificate), the days that its password lasts (0: for ever), the verifier of a second
  /// password, and after how many failed logins the account is locked (0: never).
  let accounts: String
  /// Reads the last field of ``accounts``.
  let globalPrivileges: @Sendable (String) -> [String]
  /// Each row: user, host, role, host of the role, whether it may pass the role on.
  let roles: String
  /// Each row: kind, name, definer, whether it runs as its definer.
  let code: String
  /// In the same form, with the database last: code of other databases that runs as its definer.
  let codeElsewhere: String
  /// The code that is loaded from libraries, in the same form. Every account may call it.
  static let libraries = "SELECT 'loadable function', name, dl, 1 FROM mysql.func"

  /// One row: how the server compares the names of databases and tables (0: with case), whether it checks no login (then
  /// every session is the same account, which has no name), whether it encrypts sessions, and whether this one is. MySQL
  /// has no such variable: one that encrypts has a certificate.
  static let server = """
    SELECT @@lower_case_table_names, current_user() IN ('@', 'skip-grants user@skip-grants host'),
      coalesce((SELECT variable_value /*M! = 'YES' *//*!80017 <> '' */
        FROM /*M! information_schema.global_variables *//*!80017 performance_schema.global_status */
        WHERE variable_name = /*M! 'HAVE_SSL' *//*!80017 'Ssl_server_not_after' */), 1),
      coalesce((SELECT variable_value <> ''
        FROM /*M! information_schema.session_status *//*!80017 performance_schema.session_status */
        WHERE variable_name = 'SSL_CIPHER'), 0)
    """

  /// Each row: database and table of a foreign key, and those that it refers to, in another database.
  static let foreignKeys = """
    SELECT * FROM (SELECT \(name("for_name", 1)) AS home, \(name("for_name", -1)) AS child,
        \(name("ref_name", 1)) AS target, \(name("ref_name", -1)) AS parent
      FROM information_schema./*M! innodb_sys_foreign *//*!80017 innodb_foreign */) k
    WHERE home <> target AND target = database()
    """

  /// One side of the slash between a database and a table, as statements spell it.
  private static func name(_ column: String, _ side: Int) -> String {
    let part = "substring_index(\(column), '/', \(side))"
    return "/*M! convert(convert(cast(\(part) AS binary) USING filename) USING utf8mb4) *//*!80017 \(part) */"
  }

  /// One row: whether the binary log keeps statements, what runs at a login, whether the definitions of a client stay on a
  /// node of a cluster, whether a password that cannot be checked is refused, and the plugins that check passwords, with
  /// commas. MySQL lets a hash pass unchecked.
  static let settings = """
    SELECT @@global.log_bin AND (SELECT count(*) FROM
        /*M! information_schema.global_variables *//*!80017 performance_schema.global_variables */
        WHERE variable_name = 'BINLOG_FORMAT' AND variable_value = 'STATEMENT'),
      coalesce(@@global.init_connect, ''),
      /*M! (SELECT count(*) FROM information_schema.global_variables v
        WHERE (v.variable_name = 'WSREP_ON' AND v.variable_value = 'ON')
        OR (v.variable_name = 'WSREP_OSU_METHOD' AND v.variable_value = 'RSU')) = 2 *//*!80017 0 */,
      /*M! @@global.strict_password_validation *//*!80017 0 */,
      /*M! coalesce((SELECT group_concat(plugin_name ORDER BY plugin_name) FROM information_schema.plugins
        WHERE plugin_type = 'PASSWORD VALIDATION' AND plugin_status = 'ACTIVE'), '') *//*!80017 '' */
    """

  /// The databases of the server: those that the session may see, and those with tables, which PROCESS shows.
  static let databases = [
    "SELECT schema_name FROM information_schema.schemata",
    """
    SELECT DISTINCT /*M! convert(convert(cast(substring_index(name, '/', 1) AS binary) USING filename) USING utf8mb4) */
      /*!80017 substring_index(name, '/', 1) */
    FROM information_schema./*M! innodb_sys_tables */ /*!80017 innodb_tables */ WHERE name LIKE '%/%'
    """,
  ]

  /// The condition on `information_schema.columns` of a table that is our record of migrations, and the number of the rows
  /// that meet it. Other tools have a table of the same name.
  static let ofRecord = """
    table_name = '\(SchemaMigrations.definition.name)' AND (column_name, data_type) IN
      (('version', 'int'), ('name', 'varchar'), ('checksum', 'char'), ('applied_at', 'datetime'))
    """
  static let recordColumns: Int64 = 4

  /// The databases with our record of migrations: those that the session may see, and the others, which PROCESS shows.
  static let fleets = [
    """
    SELECT table_schema FROM information_schema.columns WHERE \(ofRecord)
    GROUP BY table_schema HAVING count(*) = \(recordColumns)
    """,
    """
    SELECT /*M! convert(convert(cast(substring_index(t.name, '/', 1) AS binary) USING filename) USING utf8mb4) */
      /*!80017 substring_index(t.name, '/', 1) */
    FROM information_schema./*M! innodb_sys_tables */ /*!80017 innodb_tables */ t
    JOIN information_schema./*M! innodb_sys_columns */ /*!80017 innodb_columns */ c ON c.table_id = t.table_id
    WHERE substring_index(t.name, '/', -1) = '\(SchemaMigrations.definition.name)'
      AND c.name IN ('version', 'name', 'checksum', 'applied_at')
    GROUP BY t.name HAVING count(*) = \(recordColumns)
    """,
  ]

  /// The databases that every server has.
  static let databasesOfServers: Set<ExactText> = [
    "mysql", "sys", "performance_schema", "information_schema",
  ]

  /// A select of the roles that every account has, with commas; nil where there are none.
  let mandatoryRoles: String?
  /// A select of the number of wrong passwords that block an account; nil where none do.
  var errorsUntilBlock: String?
}

/// How accounts of ours sign in.
struct PasswordScheme: Sendable {
  /// The authentication plugin.
  let plugin: String
  /// Makes the verifier of a password, which a statement carries in place of the password.
  let verifier: @Sendable (String) -> String
  /// Whether a stored verifier is that of a password.
  let accepts: @Sendable (_ verifier: String, _ password: String) -> Bool
  /// A clause of CREATE USER and ALTER USER, with the quoted verifier.
  let clause: @Sendable (_ verifier: String) -> String
  /// The verifier of no password.
  let unusable: String
  /// The clause of an account with which no password signs in.
  let unusableLogin: String

  init(
    plugin: String, verifier: @escaping @Sendable (String) -> String,
    accepts: @escaping @Sendable (String, String) -> Bool, unusable: String,
    clause: @escaping @Sendable (String) -> String
  ) {
    (self.plugin, self.verifier, self.accepts, self.clause) = (plugin, verifier, accepts, clause)
    self.unusable = unusable
    unusableLogin = clause(MariaDBSQL.literal(unusable))
  }

  /// The scheme of a script, of which each server executes its own part.
  init(onMariaDB mariaDB: PasswordScheme, onMySQL mySQL: PasswordScheme) {
    (plugin, verifier, accepts) = (mariaDB.plugin, mariaDB.verifier, mariaDB.accepts)
    unusable = mariaDB.unusable
    clause = { Self.either(mariaDB.clause($0), mySQL.clause($0)) }
    unusableLogin = Self.either(mariaDB.unusableLogin, mySQL.unusableLogin)
  }

  private static func either(_ onMariaDB: String, _ onMySQL: String) -> String {
    "/*M! \(onMariaDB) *//*!80017 \(onMySQL) */"
  }

  /// The clause that makes the server accept the password of this verifier.
  func login(_ verifier: String) -> String { clause(MariaDBSQL.literal(verifier)) }

  /// Whether no password signs in.
  func isUnusable(_ login: MariaDBLogin) -> Bool {
    login.plugin == plugin && login.verifier == unusable && !login.hasAlternative
      && login.secondVerifier.isEmpty
  }

  /// Whether so many wrong passwords, after which the server refuses an account, are few. Any client can send them.
  static func blocksSoon(after errors: Int64) -> Bool { errors < 1_000_000 }

  /// Whether an account with that login may accept a password.
  func mayAccept(_ password: Secret, of login: MariaDBLogin) -> Bool {
    login.plugin != plugin || login.hasAlternative || login.verifier.isEmpty || !login.secondVerifier.isEmpty
      || accepts(login.verifier, password.reveal())
  }

  /// The public form of that clause.
  var shownLogin: String { clause("'<hash of its credential>'") }
}
