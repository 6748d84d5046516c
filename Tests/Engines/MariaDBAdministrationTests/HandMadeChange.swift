import DatabaseTestSupport

/// One change of rights by hand, and the words by which the verification names it.
struct HandMadeChange: Sendable {
  let words: String
  let statements: [String]
  /// The statements by which an operator undoes what the tool leaves to one.
  var undo: [String]?

  init(_ words: String, _ statements: String..., undo: [String]? = nil) {
    self.words = words
    self.statements = statements
    self.undo = undo
  }

  /// Each group has a server of its own.
  static let groups = [all(onMySQL: MariaDBServer.hasMySQL)]

  static func all(onMySQL: Bool) -> [HandMadeChange] {
    accounts + privileges + objects + (onMySQL ? ofMySQL : ofMariaDB)
  }

  private static let loadableFunction = HandMadeChange(
    "loadable function spy exists, comes from spy.so",
    "INSERT INTO mysql.func (name, ret, dl, type) VALUES ('spy', 0, 'spy.so', 'function')",
    undo: ["DELETE FROM mysql.func"])

  private static let accounts = [
    HandMadeChange("account analytics-ro does not exist", "DROP USER `analytics-ro`@`%`"),
    HandMadeChange(
      "analytics-ro is locked, and must not be", "ALTER USER `analytics-ro`@`%` ACCOUNT LOCK"),
    HandMadeChange(
      "the limits of analytics-ro are", "ALTER USER `analytics-ro`@`%` WITH MAX_USER_CONNECTIONS 0"),
    HandMadeChange(
      "the server does not have the credential of analytics-ro",
      "ALTER USER `analytics-ro`@`%` IDENTIFIED BY 'another'"),
    HandMadeChange(
      "the server accepts analytics-ro without its credential too",
      "ALTER USER `analytics-ro`@`%` IDENTIFIED BY ''"),
    HandMadeChange(
      "takes the logins of analytics-ro", "CREATE USER `analytics-ro`@localhost IDENTIFIED BY 'x'"),
    HandMadeChange("has no name, so it takes logins", "CREATE USER ''@localhost"),
    HandMadeChange(
      "'bulkhead-views'@'localhost' is not locked", "ALTER USER `bulkhead-views`@localhost ACCOUNT UNLOCK"),
    HandMadeChange(
      "holds SELECT on every database", "CREATE USER other", "GRANT SELECT ON *.* TO other",
      undo: ["DROP USER other"]),
    HandMadeChange(
      "accepts analytics-ro only with a certificate", "ALTER USER `analytics-ro`@`%` REQUIRE X509"),
    HandMadeChange(
      "lets the password of analytics-ro expire",
      "ALTER USER `analytics-ro`@`%` PASSWORD EXPIRE INTERVAL 30 DAY"),
    HandMadeChange(
      "lets the password of analytics-ro expire",
      "ALTER USER `analytics-ro`@`%` REQUIRE X509 PASSWORD EXPIRE INTERVAL 30 DAY"),
  ]

  private static let ofMariaDB = [
    HandMadeChange(
      "has the algorithm TEMPTABLE",
      "ALTER ALGORITHM = TEMPTABLE VIEW app_db.`users$analytics-ro` AS SELECT * FROM app_db.users"),
    HandMadeChange(
      "has the default role some_role", "CREATE ROLE some_role", "GRANT some_role TO `analytics-ro`@`%`",
      "SET DEFAULT ROLE some_role FOR `analytics-ro`@`%`"),
    HandMadeChange(
      "holds SELECT on mysql.global_priv", "GRANT SELECT ON mysql.global_priv TO `analytics-ro`@`%`"),
    HandMadeChange(
      "PUBLIC holds SELECT on users", "GRANT SELECT ON app_db.users TO PUBLIC"),
    HandMadeChange(
      "holds PROXY on backend-api-rw",
      "INSERT INTO mysql.proxies_priv VALUES ('%', 'analytics-ro', '%', 'backend-api-rw', 0, '', now())",
      "FLUSH PRIVILEGES"),
    HandMadeChange("PUBLIC holds MEMBER on b_role", "CREATE ROLE b_role", "GRANT b_role TO PUBLIC"),
    HandMadeChange("PUBLIC holds SELECT on server", "GRANT SELECT ON *.* TO PUBLIC"),
    HandMadeChange(
      "mariadb.sys holds SELECT on every database", "CREATE USER `mariadb.sys`@`%`",
      "GRANT SELECT ON *.* TO `mariadb.sys`@`%`", undo: ["DROP USER `mariadb.sys`@`%`"]),
  ]

  private static let ofMySQL = [
    HandMadeChange(
      "locks analytics-ro after failed logins",
      "ALTER USER `analytics-ro`@`%` FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME UNBOUNDED"),
    HandMadeChange(
      "holds ROLE_ADMIN on server",
      "GRANT ROLE_ADMIN, BACKUP_ADMIN, INNODB_REDO_LOG_ENABLE ON *.* TO `analytics-ro`@`%` WITH GRANT OPTION"),
    HandMadeChange(
      "holds PROXY on twitch-trigger",
      "GRANT PROXY ON `twitch-trigger`@`%` TO `analytics-ro`@`%` WITH GRANT OPTION"),
    HandMadeChange(
      "holds MEMBER on admin_role", "CREATE ROLE admin_role",
      "GRANT admin_role TO `analytics-ro`@`%` WITH ADMIN OPTION", undo: ["DROP ROLE admin_role"]),
    HandMadeChange(
      "the server does not have the credential of analytics-ro",
      "ALTER USER `analytics-ro`@`%` IDENTIFIED WITH sha256_password BY 'another'"),
    HandMadeChange(
      "migrate-admin holds ROLE_ADMIN", "GRANT ROLE_ADMIN ON *.* TO `migrate-admin`@`%`"),
    HandMadeChange(
      "has the default role some_role", "CREATE ROLE some_role", "GRANT some_role TO `analytics-ro`@`%`",
      "SET DEFAULT ROLE some_role TO `analytics-ro`@`%`"),
    HandMadeChange("holds SELECT on mysql.user", "GRANT SELECT ON mysql.user TO `analytics-ro`@`%`"),
    HandMadeChange(
      "PUBLIC holds MEMBER on every_role", "CREATE ROLE every_role",
      "GRANT SELECT ON app_db.users TO every_role",
      "SET PERSIST mandatory_roles = 'every_role'",
      undo: ["SET PERSIST mandatory_roles = ''", "DROP ROLE every_role"]),
    HandMadeChange(
      "holds MEMBER on backend-api-rw", "GRANT `backend-api-rw`@`%` TO `analytics-ro`@`%`"),
    HandMadeChange(
      "holds PROXY on backend-api-rw", "GRANT PROXY ON `backend-api-rw`@`%` TO `analytics-ro`@`%`"),
    HandMadeChange(
      "holds XA_RECOVER_ADMIN on server", "GRANT XA_RECOVER_ADMIN, RELOAD ON *.* TO `analytics-ro`@`%`"),
    HandMadeChange("holds SYSTEM_USER on server", "GRANT SYSTEM_USER ON *.* TO `analytics-ro`@`%`"),
    HandMadeChange("migrate-admin lacks SHOW_ROUTINE", "REVOKE SHOW_ROUTINE ON *.* FROM `migrate-admin`@`%`"),
    HandMadeChange(
      "the server accepts analytics-ro without its credential too",
      "ALTER USER `analytics-ro`@`%` IDENTIFIED BY 'a second one' RETAIN CURRENT PASSWORD"),
  ]

  private static let privileges = [
    HandMadeChange("holds SELECT on settings", "GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`"),
    HandMadeChange(
      "holds SELECT (password) on users", "GRANT SELECT (password) ON app_db.users TO `analytics-ro`@`%`"),
    HandMadeChange(
      "holds SELECT (password) on users$analytics-ro",
      "GRANT SELECT (password) ON app_db.`users$analytics-ro` TO `analytics-ro`@`%`"),
    HandMadeChange(
      "holds GRANT OPTION on rollups",
      "GRANT SELECT ON app_db.rollups TO `analytics-ro`@`%` WITH GRANT OPTION"),
    HandMadeChange("lacks SELECT on rollups", "REVOKE SELECT ON app_db.rollups FROM `analytics-ro`@`%`"),
    HandMadeChange("holds SELECT on database", "GRANT SELECT ON `app\\_db`.* TO `analytics-ro`@`%`"),
    HandMadeChange("holds SELECT on app_db.*", "GRANT SELECT ON `app_db`.* TO `analytics-ro`@`%`"),
    HandMadeChange("holds LOCK TABLES on app%.*", "GRANT LOCK TABLES ON `app%`.* TO `analytics-ro`@`%`"),
    HandMadeChange("holds FILE on server", "GRANT FILE ON *.* TO `analytics-ro`@`%`"),
    HandMadeChange(
      "holds SELECT on gone", "CREATE TABLE app_db.gone (id int)",
      "GRANT SELECT ON app_db.gone TO `analytics-ro`@`%`", "DROP TABLE app_db.gone"),
    HandMadeChange(
      "holds MEMBER on a_role", "CREATE ROLE a_role", "GRANT a_role TO `analytics-ro`@`%`"),
    HandMadeChange(
      "holds UPDATE (channel) on platform_integrations$twitch-trigger$insert",
      "GRANT UPDATE (channel) ON app_db.`platform_integrations$twitch-trigger$insert` TO `twitch-trigger`@`%`"
    ),
    HandMadeChange(
      "''@'%' holds SELECT on test.*",
      "INSERT INTO mysql.db (Host, Db, User, Select_priv) VALUES ('%', 'test', '', 'Y')", "FLUSH PRIVILEGES"),
    HandMadeChange("migrate-admin holds SUPER", "GRANT SUPER ON *.* TO `migrate-admin`@`%`"),
    HandMadeChange("migrate-admin lacks PROCESS", "REVOKE PROCESS ON *.* FROM `migrate-admin`@`%`"),
    HandMadeChange(
      "stranger holds SELECT on users", "CREATE USER stranger IDENTIFIED BY 'x'",
      "GRANT SELECT ON app_db.users TO stranger"),
    HandMadeChange(
      "stranger holds SELECT on app_db.*", "GRANT SELECT ON `app_db`.* TO stranger"),
    HandMadeChange(
      "stranger holds INSERT on mysql.db", "GRANT INSERT ON mysql.db TO stranger",
      undo: ["REVOKE INSERT ON mysql.db FROM stranger"]),
    HandMadeChange(
      "stranger holds SELECT on mysql.user", "GRANT SELECT ON mysql.user TO stranger",
      undo: ["REVOKE SELECT ON mysql.user FROM stranger"]),
    HandMadeChange(
      "stranger holds UPDATE on mysql.*", "GRANT UPDATE ON mysql.* TO stranger",
      undo: ["DROP USER stranger"]),
    loadableFunction,
  ]

  private static let objects = [
    HandMadeChange(
      "events$twitch-trigger, which shows an account its own rows, does not exist",
      "DROP VIEW app_db.`events$twitch-trigger`"),
    HandMadeChange(
      "the view platform_integrations$twitch-trigger shows",
      "CREATE OR REPLACE VIEW app_db.`platform_integrations$twitch-trigger` AS SELECT * FROM app_db.platform_integrations"
    ),
    HandMadeChange(
      "uses the rights of root@127.0.0.1",
      "ALTER DEFINER = root@`127.0.0.1` VIEW app_db.`events$connector-rw` AS SELECT * FROM app_db.events"),
    HandMadeChange(
      "there is a view other_view", "CREATE VIEW app_db.other_view AS SELECT * FROM app_db.users",
      undo: ["DROP VIEW app_db.other_view"]),
    HandMadeChange(
      "procedure helper exists", "CREATE PROCEDURE app_db.helper() SELECT * FROM app_db.users",
      undo: ["DROP PROCEDURE app_db.helper"]),
    HandMadeChange(
      "holds EXECUTE on helper2", "CREATE PROCEDURE app_db.helper2() SELECT * FROM app_db.users",
      "GRANT EXECUTE ON PROCEDURE app_db.helper2 TO `analytics-ro`@`%`",
      undo: ["DROP PROCEDURE app_db.helper2"]),
    HandMadeChange(
      "trigger spy exists",
      "CREATE TRIGGER app_db.spy BEFORE INSERT ON app_db.rollups FOR EACH ROW SET @x = 1",
      undo: ["DROP TRIGGER app_db.spy"]),
    HandMadeChange(
      "event later exists", "CREATE EVENT app_db.later ON SCHEDULE EVERY 1 DAY DO SELECT 1",
      undo: ["DROP EVENT app_db.later"]),
  ]
}
