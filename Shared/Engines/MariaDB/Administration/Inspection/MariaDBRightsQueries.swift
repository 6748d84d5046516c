/// The queries of accounts, privileges, views and code: those of the whole family, and those of MariaDB alone. The
/// administrator may read these tables of `mysql`; `information_schema` shows an account only its own privileges.
///
/// An account with one way to sign in may keep a list of one, `"auth_or": [{}]`, from the time when it had several.
enum MariaDBRightsQueries {
  static let accounts = """
    SELECT User, Host, \(value("is_role")), \(value("account_locked")), \(value("plugin")),
      \(value("authentication_string")), JSON_EXISTS(Priv, '$.auth_or[1]'), \(value("password_last_changed")),
      \(value("max_user_connections")), \(value("max_statement_time")), \(value("max_questions")),
      \(value("max_updates")), \(value("max_connections")), \(value("default_role")), \(value("access")),
      \(value("ssl_type")), \(value("password_lifetime")), '', ''
    FROM mysql.global_priv ORDER BY User, Host
    """

  private static func value(_ name: String) -> String { "coalesce(JSON_VALUE(Priv, '$.\(name)'), '')" }

  /// The columns of privileges on databases, of which a newer server has more than the common ones. The server shows them
  /// to an account that may read the table.
  static let columnsOfDatabases = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'mysql' AND table_name = 'db' AND right(column_name, 5) = '_priv' ORDER BY ordinal_position
    """

  /// The privileges on databases, from these columns; without any, from the common ones.
  static func databases(_ columns: [String]) -> String {
    let names = (columns.isEmpty ? databaseColumns.map(\.column) : columns).map {
      "if(\(MariaDBSQL.identifier($0)) = 'Y', \(MariaDBSQL.literal(privilege(ofColumn: $0))), NULL)"
    }
    return "SELECT User, Host, Db, concat_ws(',', \(names.joined(separator: ", "))) FROM mysql.db"
  }

  /// The privilege that a column stands for: `Show_create_routine_priv` is SHOW CREATE ROUTINE.
  private static func privilege(ofColumn column: String) -> String {
    if let known = databaseColumns.first(where: { $0.column == column }) { return known.privilege }
    return column.dropLast("_priv".count).split(separator: "_").joined(separator: " ").uppercased()
  }

  /// The privileges that every server of the family has on a database, and their columns.
  static let databaseColumns: [(column: String, privilege: String)] = [
    ("Select_priv", "SELECT"), ("Insert_priv", "INSERT"), ("Update_priv", "UPDATE"),
    ("Delete_priv", "DELETE"), ("Create_priv", "CREATE"), ("Drop_priv", "DROP"),
    ("Grant_priv", "GRANT OPTION"), ("References_priv", "REFERENCES"), ("Index_priv", "INDEX"),
    ("Alter_priv", "ALTER"), ("Create_tmp_table_priv", "CREATE TEMPORARY TABLES"),
    ("Lock_tables_priv", "LOCK TABLES"), ("Create_view_priv", "CREATE VIEW"),
    ("Show_view_priv", "SHOW VIEW"), ("Create_routine_priv", "CREATE ROUTINE"),
    ("Alter_routine_priv", "ALTER ROUTINE"), ("Execute_priv", "EXECUTE"), ("Event_priv", "EVENT"),
    ("Trigger_priv", "TRIGGER"),
  ]

  /// Each row: user, host, database, table, the privileges with commas.
  static let tables = """
    SELECT User, Host, Db, Table_name, Table_priv FROM mysql.tables_priv WHERE Table_priv <> ''
    """

  /// Each row: user, host, database, table, column, the privileges with commas.
  static let columns = """
    SELECT User, Host, Db, Table_name, Column_name, Column_priv FROM mysql.columns_priv
    WHERE Column_priv <> ''
    """

  /// Each row: user, host, database, table, where rights on columns have no row of their table.
  static let orphans = """
    SELECT DISTINCT c.User, c.Host, c.Db, c.Table_name FROM mysql.columns_priv c
    WHERE c.Column_priv <> '' AND NOT EXISTS (SELECT 1 FROM mysql.tables_priv t
      WHERE t.User = c.User AND t.Host = c.Host AND t.Db = c.Db AND t.Table_name = c.Table_name)
    """

  static let routines = """
    SELECT User, Host, Db, Routine_type, Routine_name, Proc_priv FROM mysql.procs_priv WHERE Proc_priv <> ''
    """

  static let proxies = "SELECT User, Host, Proxied_user, Proxied_host, With_grant = 1 FROM mysql.proxies_priv"

  static let roles = "SELECT User, Host, Role, '', Admin_option = 'Y' FROM mysql.roles_mapping"

  static let relations = """
    SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = database()
    """

  /// Each row: table, column, collation.
  static let collations = """
    SELECT table_name, column_name, collation_name FROM information_schema.columns
    WHERE table_schema = database() AND collation_name IS NOT NULL
    """

  /// Each row: table, index, its first column, whether the server ignores it.
  static let indexes = """
    SELECT table_name, index_name, coalesce(column_name, ''),
      /*M! ignored *//*!80017 if(is_visible = 'YES', 'NO', 'YES') */
    FROM information_schema.statistics WHERE table_schema = database() AND seq_in_index = 1
    """

  static let views = """
    SELECT table_name, view_definition, definer, security_type, check_option, /*M! algorithm */ /*!80017 'UNDEFINED' */
    FROM information_schema.views WHERE table_schema = database()
    """

  /// Triggers and events always run as their definer.
  static let code = """
    SELECT lower(type), name, definer, security_type = 'DEFINER' FROM mysql.proc WHERE db = database()
    UNION ALL SELECT 'event', name, definer, 1 FROM mysql.event WHERE db = database()
    UNION ALL SELECT 'trigger', trigger_name, definer, 1 FROM information_schema.triggers
    WHERE trigger_schema = database()
    """

  /// The server shows the administrator no views of other databases.
  static let codeElsewhere = """
    SELECT lower(type), name, definer, 1, db FROM mysql.proc WHERE db <> database() AND security_type = 'DEFINER'
    UNION ALL SELECT 'event', name, definer, 1, db FROM mysql.event WHERE db <> database()
    """

  /// A privilege in the words of GRANT, from those of the server's tables.
  static func privilege(_ stored: some StringProtocol) -> String {
    switch stored.uppercased() {
    case "GRANT": "GRANT OPTION"
    case "DELETE VERSIONING ROWS": "DELETE HISTORY"
    case let other: other
    }
  }

  /// The global privileges by their bits, as `sql/privilege.h` of the server numbers them.
  static let globalNames = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "RELOAD", "SHUTDOWN", "PROCESS", "FILE",
    "GRANT OPTION", "REFERENCES", "INDEX", "ALTER", "SHOW DATABASES", "SUPER", "CREATE TEMPORARY TABLES",
    "LOCK TABLES", "EXECUTE", "REPLICATION SLAVE", "BINLOG MONITOR", "CREATE VIEW", "SHOW VIEW",
    "CREATE ROUTINE", "ALTER ROUTINE", "CREATE USER", "EVENT", "TRIGGER", "CREATE TABLESPACE",
    "DELETE HISTORY", "SET USER", "FEDERATED ADMIN", "CONNECTION ADMIN", "READ_ONLY ADMIN",
    "REPLICATION SLAVE ADMIN", "REPLICATION MASTER ADMIN", "BINLOG ADMIN", "BINLOG REPLAY", "SLAVE MONITOR",
    "SHOW CREATE ROUTINE",
  ]

  /// The names of the set bits. A bit of a newer server has a number in place of a name, which no statement takes.
  static func globalPrivileges(_ bits: UInt64) -> [String] {
    (0..<UInt64.bitWidth).filter { bits & (1 << UInt64($0)) != 0 }.map {
      $0 < globalNames.count ? globalNames[$0] : "PRIVILEGE \($0)"
    }
  }
}
