import DataAccess

extension PostgresDriver {
  /// Reads from the catalog whether the session's role has SUPERUSER or BYPASSRLS, and which tables it owns. A table
  /// counts when the role owns it itself or through a role whose rights it inherits.
  package func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError)
    -> AccountInspection
  {
    let role = try await runner.execute(Self.roleQuery)
    guard role.rowCount == 1 else {
      throw DatabaseError(decoding: "the catalog does not contain the session's role")
    }
    let owned = try await runner.execute(Self.ownedTablesQuery)
    var tables: [String] = []
    for row in 0..<owned.rowCount { tables.append(try owned.text(row, 0)) }
    return AccountInspection(
      account: try role.text(0, 0), isSuperuser: try role.boolean(0, 1),
      bypassesRowSecurity: try role.boolean(0, 2), ownedTables: tables)
  }

  private static let roleQuery = inspection(
    """
    SELECT rolname, rolsuper, rolbypassrls OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user
    """)

  /// A superuser has every role's rights, which would make it the owner of everything. For a superuser, only direct
  /// ownership counts.
  private static let ownedTablesQuery = inspection(
    """
    SELECT c.relname
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles me ON me.rolname = current_user
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND (c.relowner = me.oid OR (NOT me.rolsuper AND pg_has_role(me.oid, c.relowner, 'USAGE')))
    ORDER BY c.relname
    """)

  private static func inspection(_ sql: String) -> Query {
    Query(sql: sql, operation: Operation(.other, label: "inspect account"), isRead: true, isReusable: false)
  }
}
