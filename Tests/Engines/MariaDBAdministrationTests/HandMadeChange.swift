import DatabaseTestSupport

/// One change of rights by hand, of one kind of the list of coverage, and the words by which the verification names it.
struct HandMadeChange: Sendable {
  let kind: String
  let words: String
  let statements: [String]
  /// The violation of the proof, `object: verb`, where a statement can use the change.
  var violation: String?
  /// The statements by which an operator undoes what the tool leaves to one.
  var undo: [String]?

  init(
    _ kind: String, _ words: String, _ statements: String..., violation: String? = nil, undo: [String]? = nil
  ) {
    self.kind = kind
    self.words = words
    self.statements = statements
    self.violation = violation
    self.undo = undo
  }

  static let all = accounts + privileges + ofOthers + objects + (MariaDBServer.hasMySQL ? ofMySQL : ofMariaDB)

  /// Each group has a server of its own.
  static let groups = [all]
}

extension HandMadeChange {
  /// The server reads a statement about packages in one mode alone.
  private static func inPackages(_ sql: String) -> String {
    "SET STATEMENT sql_mode = 'ORACLE' FOR EXECUTE IMMEDIATE '\(sql)'"
  }

  private static let accounts = [
    HandMadeChange(
      "missing account", "account analytics-ro does not exist", "DROP USER `analytics-ro`@`%`"),
    HandMadeChange(
      "lock of an account", "analytics-ro is locked, and must not be",
      "ALTER USER `analytics-ro`@`%` ACCOUNT LOCK"),
    HandMadeChange(
      "limits of an account", "the limits of analytics-ro are",
      "ALTER USER `analytics-ro`@`%` WITH MAX_USER_CONNECTIONS 0"),
    HandMadeChange(
      "credential of an account", "the server does not have the credential of analytics-ro",
      "ALTER USER `analytics-ro`@`%` IDENTIFIED BY 'another'"),
    HandMadeChange(
      "credential of an account", "the server accepts analytics-ro without its credential too",
      "ALTER USER `analytics-ro`@`%` IDENTIFIED BY ''"),
    HandMadeChange(
      "account of the same name with another host", "takes the logins of analytics-ro",
      "CREATE USER `analytics-ro`@localhost IDENTIFIED BY 'x'"),
    HandMadeChange(
      "account without a name", "has no name, so it takes logins", "CREATE USER ''@localhost"),
    HandMadeChange(
      "account with rights on every database", "gods holds SELECT on every database, which",
      "CREATE ROLE gods", "GRANT SELECT ON *.* TO gods", "CREATE USER eve", "GRANT gods TO eve",
      undo: ["DROP USER eve", "DROP ROLE gods"]),
    HandMadeChange(
      "account without a name", "which is not ours: give that a name", "CREATE USER ''@'shop.example'",
      "GRANT SELECT ON shop.* TO ''@'shop.example'", undo: ["DROP USER ''@'shop.example'"]),
    HandMadeChange(
      "lock of an account", "'bulkhead-views'@'localhost' is not locked",
      "ALTER USER `bulkhead-views`@localhost ACCOUNT UNLOCK"),
    HandMadeChange(
      "lock of an account", "'bulkhead-views'@'localhost' has a password",
      "ALTER USER `bulkhead-views`@localhost IDENTIFIED BY 'x'"),
    HandMadeChange(
      "account with rights on every database", "holds SELECT on every database", "CREATE USER other",
      "GRANT SELECT ON *.* TO other", undo: ["DROP USER other"]),
    HandMadeChange(
      "certificate or expiry that an account needs", "accepts analytics-ro only with a certificate",
      "ALTER USER `analytics-ro`@`%` REQUIRE X509"),
    HandMadeChange(
      "certificate or expiry that an account needs", "lets the password of analytics-ro expire",
      "ALTER USER `analytics-ro`@`%` PASSWORD EXPIRE INTERVAL 30 DAY"),
    HandMadeChange(
      "certificate or expiry that an account needs", "lets the password of analytics-ro expire",
      "ALTER USER `analytics-ro`@`%` REQUIRE X509 PASSWORD EXPIRE INTERVAL 30 DAY"),
    // The server has a lifetime for accounts without one of their own, and may get one at any time.
    HandMadeChange(
      "certificate or expiry that an account needs", "lets the password of analytics-ro expire",
      "ALTER USER `analytics-ro`@`%` PASSWORD EXPIRE DEFAULT"),
  ]

  private static let ofMariaDB = [
    // The MariaDB of the tests has no TLS, and their MySQL makes itself a certificate.
    HandMadeChange(
      "certificate or expiry that an account needs",
      "accepts analytics-ro only in an encrypted session (REQUIRE SSL), and encrypts none",
      "ALTER USER `analytics-ro`@`%` REQUIRE SSL"),
    HandMadeChange(
      "table or sequence that no migration made",
      "the database has the sequence counter, which no migration made",
      "CREATE SEQUENCE app_db.counter", undo: ["DROP SEQUENCE app_db.counter"]),
    HandMadeChange(
      "block of an account after wrong passwords", "100 wrong passwords block an account",
      "SET GLOBAL max_password_errors = 100", undo: ["SET GLOBAL max_password_errors = 4294967295"]),
    // The server keeps the list of ways, with one in it, after the credential is set again.
    HandMadeChange(
      "credential of an account", "the server accepts backend-api-rw without its credential too",
      "ALTER USER `backend-api-rw`@`%` IDENTIFIED VIA mysql_native_password USING PASSWORD('x') OR unix_socket"
    ),
    HandMadeChange(
      "procedure or function", "package tools exists",
      inPackages("CREATE PACKAGE app_db.tools AS FUNCTION one RETURN INT; END"),
      "CREATE USER caller", inPackages("GRANT EXECUTE ON PACKAGE app_db.tools TO caller"),
      inPackages("GRANT EXECUTE ON PACKAGE app_db.tools TO `analytics-ro`@`%`"),
      violation: "tools: read its text", undo: [inPackages("DROP PACKAGE app_db.tools"), "DROP USER caller"]),
    HandMadeChange(
      "privilege on the database", "holds CREATE ROUTINE on app\\_db%.*",
      "GRANT CREATE ROUTINE ON `app\\_db%`.* TO `auditor-ro`@`%`", violation: "database: create routine"),
    HandMadeChange(
      "account of the same name with another host", "the role analytics-ro has the name",
      "CREATE ROLE `analytics-ro`", "GRANT ALL ON app_db.* TO `analytics-ro`"),
    HandMadeChange(
      "view of an account's rows or columns", "has the algorithm TEMPTABLE",
      "ALTER ALGORITHM = TEMPTABLE VIEW app_db.`users$analytics-ro` AS SELECT * FROM app_db.users"),
    HandMadeChange(
      "default role of an account", "has the default role some_role", "CREATE ROLE some_role",
      "GRANT some_role TO `analytics-ro`@`%`", "SET DEFAULT ROLE some_role FOR `analytics-ro`@`%`"),
    HandMadeChange(
      "privilege on another database", "holds SELECT on mysql.global_priv",
      "GRANT SELECT ON mysql.global_priv TO `analytics-ro`@`%`", violation: "server: read verifiers"),
    HandMadeChange(
      "privileges of PUBLIC and of nameless accounts", "PUBLIC holds DROP on sessions",
      "GRANT DROP ON app_db.sessions TO PUBLIC", violation: "sessions: truncate"),
    HandMadeChange(
      "proxy", "holds PROXY on backend-api-rw",
      "INSERT INTO mysql.proxies_priv VALUES ('%', 'analytics-ro', '%', 'backend-api-rw', 0, '', now())",
      "FLUSH PRIVILEGES"),
    HandMadeChange(
      "privileges of PUBLIC and of nameless accounts", "PUBLIC holds MEMBER on b_role", "CREATE ROLE b_role",
      "CREATE ROLE c_role", "GRANT RELOAD ON *.* TO c_role", "GRANT c_role TO b_role",
      "GRANT b_role TO PUBLIC", violation: "server: flush", undo: ["DROP ROLE c_role"]),
    HandMadeChange(
      "privileges of PUBLIC and of nameless accounts", "PUBLIC holds RELOAD on server",
      "GRANT RELOAD ON *.* TO PUBLIC", violation: "server: flush"),
    HandMadeChange(
      "privileges of PUBLIC and of nameless accounts", "PUBLIC holds SELECT on mysql.user",
      "GRANT SELECT ON mysql.user TO PUBLIC", undo: ["REVOKE SELECT ON mysql.user FROM PUBLIC"]),
    HandMadeChange(
      "privileges of PUBLIC and of nameless accounts", "INSERT on my%.*",
      "GRANT INSERT, UPDATE ON `my%`.* TO PUBLIC", violation: "server: add rights",
      undo: ["REVOKE INSERT, UPDATE ON `my%`.* FROM PUBLIC"]),
    HandMadeChange(
      "privileges of PUBLIC and of nameless accounts", "SELECT on mysql.general_log",
      "GRANT SELECT ON mysql.general_log TO PUBLIC", violation: "server: read the general log",
      undo: ["REVOKE SELECT ON mysql.general_log FROM PUBLIC"]),
    HandMadeChange(
      "privileges of PUBLIC and of nameless accounts", "PUBLIC holds MEMBER on d_role", "CREATE ROLE d_role",
      "GRANT SELECT ON mysql.global_priv TO d_role", "GRANT d_role TO PUBLIC",
      violation: "server: read verifiers",
      undo: ["DROP ROLE d_role"]),
    HandMadeChange(
      "event", "event shop.later2 runs with the rights of connector-rw@%",
      "CREATE DEFINER = `connector-rw`@`%` EVENT shop.later2 ON SCHEDULE EVERY 1 DAY DO SELECT 1",
      undo: ["DROP EVENT shop.later2"]),
    HandMadeChange(
      "account with rights on every database", "mariadb.sys holds SELECT on every database",
      "CREATE USER `mariadb.sys`@`%`", "GRANT SELECT ON *.* TO `mariadb.sys`@`%`",
      undo: ["DROP USER `mariadb.sys`@`%`"]),
  ]

  private static let ofMySQL = [
    HandMadeChange(
      "lock of an account after failed logins", "locks analytics-ro after failed logins",
      "ALTER USER `analytics-ro`@`%` FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME UNBOUNDED"),
    HandMadeChange(
      "global privilege", "holds ROLE_ADMIN on server",
      "GRANT ROLE_ADMIN, BACKUP_ADMIN, INNODB_REDO_LOG_ENABLE ON *.* TO `analytics-ro`@`%` WITH GRANT OPTION",
      violation: "server: lock for a backup"),
    HandMadeChange(
      "proxy", "holds PROXY on twitch-trigger",
      "GRANT PROXY ON `twitch-trigger`@`%` TO `analytics-ro`@`%` WITH GRANT OPTION"),
    HandMadeChange(
      "membership in a role", "holds MEMBER on admin_role", "CREATE ROLE admin_role",
      "GRANT admin_role TO `analytics-ro`@`%` WITH ADMIN OPTION", undo: ["DROP ROLE admin_role"]),
    HandMadeChange(
      "credential of an account", "the server does not have the credential of analytics-ro",
      "ALTER USER `analytics-ro`@`%` IDENTIFIED WITH sha256_password BY 'another'"),
    HandMadeChange(
      "privileges of the administrator", "migrate-admin holds ROLE_ADMIN",
      "GRANT ROLE_ADMIN ON *.* TO `migrate-admin`@`%`"),
    HandMadeChange(
      "default role of an account", "has the default role some_role", "CREATE ROLE some_role",
      "GRANT some_role TO `analytics-ro`@`%`", "SET DEFAULT ROLE some_role TO `analytics-ro`@`%`"),
    HandMadeChange(
      "privilege on another database", "holds SELECT on mysql.user",
      "GRANT SELECT ON mysql.user TO `analytics-ro`@`%`", violation: "server: read verifiers"),
    HandMadeChange(
      "mandatory role of the server", "PUBLIC holds MEMBER on every_role", "CREATE ROLE every_role",
      "GRANT RELOAD ON *.* TO every_role", "SET PERSIST mandatory_roles = 'shop_reader,every_role'",
      undo: ["SET PERSIST mandatory_roles = 'shop_reader'", "DROP ROLE every_role"]),
    HandMadeChange(
      "roles that a login activates", "holds MEMBER on backend-api-rw",
      "GRANT `backend-api-rw`@`%` TO `analytics-ro`@`%`", violation: "backend-api-rw: become it as a role"),
    HandMadeChange(
      "proxy", "holds PROXY on backend-api-rw",
      "GRANT PROXY ON `backend-api-rw`@`%` TO `analytics-ro`@`%`"),
    HandMadeChange(
      "roles that a login activates", "eve holds MEMBER on migrate-admin",
      "CREATE USER eve", "GRANT `migrate-admin`@`%` TO eve", undo: ["DROP USER eve"]),
    HandMadeChange(
      "global privilege", "holds XA_RECOVER_ADMIN on server",
      "GRANT XA_RECOVER_ADMIN, RELOAD ON *.* TO `analytics-ro`@`%`", violation: "server: flush"),
    HandMadeChange(
      "SYSTEM_USER", "holds SYSTEM_USER on server", "GRANT SYSTEM_USER ON *.* TO `analytics-ro`@`%`"),
    HandMadeChange(
      "privileges of the administrator", "migrate-admin lacks SHOW_ROUTINE",
      "REVOKE SHOW_ROUTINE ON *.* FROM `migrate-admin`@`%`"),
    HandMadeChange(
      "second password of an account", "the server accepts analytics-ro without its credential too",
      "ALTER USER `analytics-ro`@`%` IDENTIFIED BY 'a second one' RETAIN CURRENT PASSWORD"),
  ]
}
