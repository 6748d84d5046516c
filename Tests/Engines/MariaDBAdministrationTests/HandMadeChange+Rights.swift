import DatabaseTestSupport
import MariaDBDriver

/// Changes of privileges, and of what holds rows or code. Of the patterns that match the database, the server uses one for
/// each account, so each pattern here is another account's.
extension HandMadeChange {
  static let privileges = [
    HandMadeChange(
      "privilege on a table or view", "holds SELECT on settings",
      "GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`", violation: "settings: select"),
    HandMadeChange(
      "privilege on a table or view", "holds DROP on webhooks",
      "GRANT DROP ON app_db.webhooks TO `connector-rw`@`%`", violation: "webhooks: truncate"),
    HandMadeChange(
      "privilege on a table or view", "holds ALTER on webhooks",
      "GRANT ALTER ON app_db.webhooks TO `connector-rw`@`%`", violation: "webhooks: alter"),
    HandMadeChange(
      "privilege on a table or view", "holds INDEX on webhooks",
      "GRANT INDEX ON app_db.webhooks TO `connector-rw`@`%`", violation: "webhooks: create index"),
    HandMadeChange(
      "privilege on a table or view", "holds SHOW VIEW on users$analytics-ro",
      "GRANT SHOW VIEW ON app_db.`users$analytics-ro` TO `analytics-ro`@`%`",
      violation: "users$analytics-ro: read its definition"),
    HandMadeChange(
      "privilege on a column", "holds SELECT (password) on users",
      "GRANT SELECT (password) ON app_db.users TO `analytics-ro`@`%`",
      violation: "users: select beneath the view"),
    HandMadeChange(
      "privilege on a column", "holds SELECT (password) on users$analytics-ro",
      "GRANT SELECT (password) ON app_db.`users$analytics-ro` TO `analytics-ro`@`%`",
      violation: "users: select"),
    HandMadeChange(
      "privilege on a column", "holds UPDATE (platform) on platform_integrations$twitch-trigger$insert",
      "GRANT UPDATE (platform) ON app_db.`platform_integrations$twitch-trigger$insert` TO `twitch-trigger`@`%`",
      violation: "platform_integrations$twitch-trigger$insert: take a row over"),
    HandMadeChange(
      "grant option", "holds GRANT OPTION on rollups",
      "GRANT SELECT ON app_db.rollups TO `analytics-ro`@`%` WITH GRANT OPTION",
      violation: "rollups: hand rights on"),
    HandMadeChange(
      "privilege on a table or view", "lacks SELECT on rollups",
      "REVOKE SELECT ON app_db.rollups FROM `analytics-ro`@`%`"),
    HandMadeChange(
      "privilege on the database", "holds CREATE on database",
      "GRANT CREATE ON `app\\_db`.* TO `analytics-ro`@`%`", violation: "database: create table"),
    HandMadeChange(
      "privilege on the database", "holds CREATE VIEW on app_db.*",
      "GRANT CREATE VIEW ON `app_db`.* TO `connector-rw`@`%`", violation: "database: create view"),
    HandMadeChange(
      "privilege on the database", "holds EVENT on app%.*",
      "GRANT EVENT ON `app%`.* TO `backend-api-rw`@`%`", violation: "database: create event"),
    HandMadeChange(
      "privilege on the database", "holds LOCK TABLES on app\\_d%.*",
      "GRANT LOCK TABLES, SELECT ON `app\\_d%`.* TO `twitch-trigger`@`%`", violation: "users: lock"),
    HandMadeChange(
      "privilege on the database", "holds CREATE TEMPORARY TABLES on app\\_d_.*",
      "GRANT CREATE TEMPORARY TABLES ON `app\\_d_`.* TO `discord-trigger`@`%`",
      violation: "database: create temporary table"),
    HandMadeChange(
      "global privilege", "holds FILE on server", "GRANT FILE ON *.* TO `analytics-ro`@`%`",
      violation: "server: write a file"),
    HandMadeChange(
      "global privilege", "holds PROCESS on server", "GRANT PROCESS ON *.* TO `connector-rw`@`%`",
      violation: "server: see sessions of others"),
    HandMadeChange(
      "global privilege", "holds CREATE USER on server", "GRANT CREATE USER ON *.* TO `connector-rw`@`%`",
      violation: "server: create account"),
    HandMadeChange(
      "privilege on a dropped table", "holds SELECT on gone", "CREATE TABLE app_db.gone (id int)",
      "GRANT SELECT ON app_db.gone TO `analytics-ro`@`%`", "DROP TABLE app_db.gone"),
    HandMadeChange(
      "privilege on a column", "holds UPDATE (value) on settings",
      """
      INSERT INTO mysql.columns_priv (Host, Db, User, Table_name, Column_name, Column_priv)
      VALUES ('%', 'app_db', 'analytics-ro', 'settings', 'value', 'Select,Update')
      """, "FLUSH PRIVILEGES"),
    HandMadeChange(
      "membership in a role", "holds MEMBER on a_role", "CREATE ROLE a_role",
      "GRANT a_role TO `analytics-ro`@`%`", violation: "a_role: set role"),
    HandMadeChange(
      "privileges of the administrator", "migrate-admin holds SUPER",
      "GRANT SUPER ON *.* TO `migrate-admin`@`%`"),
    HandMadeChange(
      "privileges of the administrator", "migrate-admin lacks PROCESS",
      "REVOKE PROCESS ON *.* FROM `migrate-admin`@`%`"),
  ]

  static let ofOthers = [
    HandMadeChange(
      "privileges of PUBLIC and of nameless accounts", "''@'localhost' holds TRIGGER on app%.*",
      "INSERT INTO mysql.db (Host, Db, User, Trigger_priv) VALUES ('localhost', 'app%', '', 'Y')",
      "FLUSH PRIVILEGES"),
    // The same account without a name has rights of another application, which no statement would spare.
    HandMadeChange(
      "privileges of PUBLIC and of nameless accounts", "''@'%' holds TRIGGER on app%.*",
      "INSERT INTO mysql.db (Host, Db, User, Trigger_priv) VALUES ('%', 'app%', '', 'Y')",
      "FLUSH PRIVILEGES", violation: MariaDBServer.hasMySQL ? nil : "users: create trigger",
      undo: ["DELETE FROM mysql.db WHERE User = '' AND Host = '%' AND Db = 'app%'", "FLUSH PRIVILEGES"]),
    HandMadeChange(
      "privileges of others", "stranger holds SELECT on users", "CREATE USER stranger IDENTIFIED BY 'x'",
      "GRANT SELECT ON app_db.users TO stranger"),
    // The role keeps its members.
    HandMadeChange(
      "privileges of others", "shop_reader holds SELECT on users",
      "GRANT SELECT ON app_db.users TO shop_reader"),
    HandMadeChange(
      "privileges of others", "stranger holds SELECT on app_db.*", "GRANT SELECT ON `app_db`.* TO stranger"),
    HandMadeChange(
      "privileges of others", "stranger holds INSERT on mysql.db", "GRANT INSERT ON mysql.db TO stranger",
      undo: ["REVOKE INSERT ON mysql.db FROM stranger"]),
    HandMadeChange(
      "privileges of others", "stranger holds SELECT on mysql.user", "GRANT SELECT ON mysql.user TO stranger",
      undo: ["REVOKE SELECT ON mysql.user FROM stranger"]),
    HandMadeChange(
      "privileges of others", "stranger holds INSERT on mysql.plugin",
      "GRANT INSERT ON mysql.plugin TO stranger", undo: ["REVOKE INSERT ON mysql.plugin FROM stranger"]),
    HandMadeChange(
      "privileges of others", "stranger holds SELECT on mysql.general_log",
      "GRANT SELECT ON mysql.general_log TO stranger",
      undo: ["REVOKE SELECT ON mysql.general_log FROM stranger"]),
    HandMadeChange(
      "privileges of others", "stranger holds UPDATE on mysql.servers",
      "GRANT UPDATE ON mysql.servers TO stranger", undo: ["REVOKE UPDATE ON mysql.servers FROM stranger"]),
    HandMadeChange(
      "privileges of others", "stranger holds UPDATE on mysql.*", "GRANT UPDATE ON mysql.* TO stranger",
      undo: ["DROP USER stranger"]),
  ]

  private static let platformIndex = "platform_integrations_platform_external_id_key"

  /// What the views of rows rely on in their tables. The fleet does not mend a table.
  private static let beneathViews = [
    HandMadeChange(
      "table under a view of rows", "compares platform_integrations.platform by utf8mb4_general_ci",
      """
      ALTER TABLE app_db.platform_integrations
      MODIFY platform varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL
      """,
      undo: [
        """
        ALTER TABLE app_db.platform_integrations
        MODIFY platform varchar(32) CHARACTER SET utf8mb4 \(SessionSettings.collation) NOT NULL
        """
      ]),
    HandMadeChange(
      "table under a view of rows",
      "the index \(platformIndex) of platform_integrations, which the server ignores",
      "ALTER TABLE app_db.platform_integrations ALTER INDEX \(platformIndex) /*M! IGNORED *//*!80017 INVISIBLE */",
      undo: [
        "ALTER TABLE app_db.platform_integrations ALTER INDEX \(platformIndex) /*M! NOT IGNORED *//*!80017 VISIBLE */"
      ]),
    HandMadeChange(
      "table under a view of rows",
      "the index \(platformIndex) of platform_integrations, which does not exist",
      "ALTER TABLE app_db.platform_integrations DROP INDEX \(platformIndex)",
      undo: [
        "ALTER TABLE app_db.platform_integrations ADD UNIQUE KEY \(platformIndex) (platform, external_id)"
      ]),
    HandMadeChange(
      "table under a view of rows",
      "\(platformIndex) of platform_integrations, which begins with external_id",
      """
      ALTER TABLE app_db.platform_integrations DROP INDEX \(platformIndex),
      ADD UNIQUE KEY \(platformIndex) (external_id, platform)
      """,
      undo: [
        """
        ALTER TABLE app_db.platform_integrations DROP INDEX \(platformIndex),
        ADD UNIQUE KEY \(platformIndex) (platform, external_id)
        """
      ]),
  ]

  static let objects =
    beneathViews + [
      HandMadeChange(
        "view of an account's rows or columns",
        "events$twitch-trigger, which shows an account its own rows, does not exist",
        "DROP VIEW app_db.`events$twitch-trigger`"),
      HandMadeChange(
        "view of an account's rows or columns", "the view platform_integrations$discord-trigger shows",
        """
        CREATE OR REPLACE DEFINER = `bulkhead-views`@localhost VIEW app_db.`platform_integrations$discord-trigger` AS
        SELECT * FROM app_db.platform_integrations
        """, violation: "platform_integrations: select row"),
      HandMadeChange(
        "view of an account's rows or columns", "uses the rights of root@127.0.0.1",
        "ALTER DEFINER = root@`127.0.0.1` VIEW app_db.`events$connector-rw` AS SELECT * FROM app_db.events"),
      HandMadeChange(
        "table or sequence that no migration made",
        "the database has the table beside, which no migration made",
        "CREATE TABLE app_db.beside AS SELECT id FROM app_db.users", undo: ["DROP TABLE app_db.beside"]),
      HandMadeChange(
        "foreign key of another database", "table shop.child-2 has a foreign key onto users, which shows",
        """
        CREATE TABLE shop.`child-2` (id bigint PRIMARY KEY, user_id bigint,
        FOREIGN KEY (user_id) REFERENCES app_db.users (id))
        """, undo: ["DROP TABLE shop.`child-2`"]),
      HandMadeChange(
        "other view", "there is a view other_view",
        "CREATE VIEW app_db.other_view AS SELECT * FROM app_db.users",
        undo: ["DROP VIEW app_db.other_view"]),
      HandMadeChange(
        "procedure or function", "procedure helper exists",
        "CREATE PROCEDURE app_db.helper() SELECT * FROM app_db.users", undo: ["DROP PROCEDURE app_db.helper"]),
      // Everyone has the role.
      HandMadeChange(
        "procedure or function", "procedure shop.helper3 runs with the rights of",
        "CREATE PROCEDURE shop.helper3() SELECT * FROM app_db.users",
        "GRANT EXECUTE ON PROCEDURE shop.helper3 TO shop_reader", undo: ["DROP PROCEDURE shop.helper3"]),
      HandMadeChange(
        "privilege on a routine", "holds EXECUTE on helper2",
        "CREATE PROCEDURE app_db.helper2() SELECT * FROM app_db.users",
        "GRANT EXECUTE ON PROCEDURE app_db.helper2 TO `analytics-ro`@`%`",
        violation: "helper2: read its text", undo: ["DROP PROCEDURE app_db.helper2"]),
      HandMadeChange(
        "trigger", "trigger spy exists",
        "CREATE TRIGGER app_db.spy BEFORE INSERT ON app_db.rollups FOR EACH ROW SET @x = 1",
        undo: ["DROP TRIGGER app_db.spy"]),
      HandMadeChange(
        "event", "event later exists", "CREATE EVENT app_db.later ON SCHEDULE EVERY 1 DAY DO SELECT 1",
        undo: ["DROP EVENT app_db.later"]),
      HandMadeChange(
        "loadable function", "loadable function spy exists, comes from spy.so",
        "INSERT INTO mysql.func (name, ret, dl, type) VALUES ('spy', 0, 'spy.so', 'function')",
        undo: ["DELETE FROM mysql.func"]),
    ]
}
