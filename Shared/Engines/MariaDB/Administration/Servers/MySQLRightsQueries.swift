/// The queries of accounts, roles and code that MySQL needs: it keeps an account in a table with a column for each
/// privilege, and the newer ("dynamic") privileges in another one.
/// https://dev.mysql.com/doc/refman/9.4/en/grant-tables.html
enum MySQLRightsQueries {
  /// Texts from JSON have a collation of their own.
  static let accounts: String = {
    let names = globalColumns.map { "if(u.\($0.column) = 'Y', '\($0.privilege)', NULL)" }
    return """
      SELECT u.User, u.Host,
        if(EXISTS (SELECT 1 FROM mysql.role_edges e WHERE e.FROM_USER = u.User AND e.FROM_HOST = u.Host), '1', ''),
        if(u.account_locked = 'Y', '1', ''), u.plugin, coalesce(u.authentication_string, ''),
        0,
        if(u.password_expired = 'Y', '0', ''), concat(u.max_user_connections, ''), '',
        concat(u.max_questions, ''), concat(u.max_updates, ''), concat(u.max_connections, ''),
        coalesce((SELECT group_concat(d.DEFAULT_ROLE_USER) FROM mysql.default_roles d
          WHERE d.USER = u.User AND d.HOST = u.Host), ''),
        concat_ws(',', \(names.joined(separator: ", ")),
          (SELECT concat_ws(',', group_concat(g.PRIV), if(max(g.WITH_GRANT_OPTION = 'Y'), 'GRANT OPTION', NULL))
            FROM mysql.global_grants g WHERE g.USER = u.User AND g.HOST = u.Host)),
        concat(field(u.ssl_type, 'ANY', 'X509', 'SPECIFIED'), ''), concat(coalesce(u.password_lifetime, -1), ''),
        coalesce(u.User_attributes ->> '$.additional_password', '' COLLATE utf8mb4_bin),
        coalesce(u.User_attributes ->> '$.Password_locking.failed_login_attempts', '' COLLATE utf8mb4_bin)
      FROM mysql.user u ORDER BY u.User, u.Host
      """
  }()

  private static let globalColumns: [(column: String, privilege: String)] =
    MariaDBRightsQueries.databaseColumns + [
      ("Reload_priv", "RELOAD"), ("Shutdown_priv", "SHUTDOWN"), ("Process_priv", "PROCESS"),
      ("File_priv", "FILE"), ("Show_db_priv", "SHOW DATABASES"), ("Super_priv", "SUPER"),
      ("Repl_slave_priv", "REPLICATION SLAVE"), ("Repl_client_priv", "REPLICATION CLIENT"),
      ("Create_user_priv", "CREATE USER"), ("Create_tablespace_priv", "CREATE TABLESPACE"),
      ("Create_role_priv", "CREATE ROLE"), ("Drop_role_priv", "DROP ROLE"),
    ]

  static let roles = """
    SELECT TO_USER, TO_HOST, FROM_USER, FROM_HOST, WITH_ADMIN_OPTION = 'Y' FROM mysql.role_edges
    """

  /// Triggers and events always run as their definer.
  static let code = """
    SELECT lower(routine_type), routine_name, definer, security_type = 'DEFINER' FROM information_schema.routines
    WHERE routine_schema = database()
    UNION ALL SELECT 'event', event_name, definer, 1 FROM information_schema.events
    WHERE event_schema = database()
    UNION ALL SELECT 'trigger', trigger_name, definer, 1 FROM information_schema.triggers
    WHERE trigger_schema = database()
    """

  /// The server shows the administrator neither views nor events of other databases.
  static let codeElsewhere = """
    SELECT lower(routine_type), routine_name, definer, 1, routine_schema FROM information_schema.routines
    WHERE routine_schema <> database() AND security_type = 'DEFINER'
    """
}
