import DataAccess

extension MariaDBDriver {
  /// Reads whether the session's account has SUPER, and which tables of the database it may alter or drop: the engine's
  /// tables have no owner. It sees its own privileges and those of its current role.
  package func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError)
    -> AccountInspection
  {
    let account = try await runner.execute(Self.accountQuery)
    guard account.rowCount == 1 else { throw DatabaseError(decoding: "the session has no account") }
    let owned = try await runner.execute(Self.tablesQuery)
    var tables: [String] = []
    for row in 0..<owned.rowCount { tables.append(try owned.text(row, 0)) }
    let isSuperuser = try account.integer(0, 1) > 0
    return AccountInspection(
      account: try account.text(0, 0), isSuperuser: isSuperuser, bypassesRowSecurity: isSuperuser,
      ownedTables: tables)
  }

  private static let accountQuery = inspection(
    """
    SELECT current_user(), (SELECT count(*) FROM information_schema.user_privileges WHERE privilege_type = 'SUPER')
    """)

  /// A grant on a database names a pattern with backslashes, which MySQL's LIKE takes for letters in a session of ours. With
  /// MySQL's `partial_revokes` it names the database itself.
  private static let tablesQuery = inspection(
    """
    SELECT t.table_name FROM information_schema.tables t
    WHERE t.table_schema = database() AND (
      EXISTS (SELECT 1 FROM information_schema.user_privileges u WHERE u.privilege_type IN ('ALTER', 'DROP'))
      OR EXISTS (SELECT 1 FROM information_schema.schema_privileges s
        WHERE s.privilege_type IN ('ALTER', 'DROP') AND database() LIKE replace(s.table_schema, '\\', '|') ESCAPE '|'
        /*!80017 AND (NOT @@global.partial_revokes OR s.table_schema = database()) */)
      OR EXISTS (SELECT 1 FROM information_schema.table_privileges p
        WHERE p.privilege_type IN ('ALTER', 'DROP') AND p.table_schema = database()
        AND p.table_name = t.table_name))
    ORDER BY t.table_name
    """)

  private static func inspection(_ sql: String) -> Query {
    Query(sql: sql, operation: Operation(.other, label: "inspect account"), isRead: true, isReusable: false)
  }
}
