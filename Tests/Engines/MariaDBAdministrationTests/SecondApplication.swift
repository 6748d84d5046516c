import DataAccess
import DatabaseTestSupport

/// Another application on the fleet's server: its own database, account and role, and what it opened there to everyone.
struct SecondApplication {
  let fleet: MariaDBFleet

  private static let statements =
    [
      "CREATE DATABASE shop", "CREATE TABLE shop.prices (id int, price int)",
      "CREATE USER `shop-app` IDENTIFIED BY 'of others' WITH MAX_USER_CONNECTIONS 7",
      "GRANT SELECT, INSERT ON shop.* TO `shop-app` WITH GRANT OPTION",
      "GRANT UPDATE (price) ON shop.prices TO `shop-app`", "CREATE ROLE shop_reader",
      "GRANT SELECT ON shop.* TO shop_reader", "GRANT shop_reader TO `shop-app`",
      // As installations make it: a database that everyone uses.
      "INSERT INTO mysql.db (Host, Db, User, Select_priv, Create_priv) VALUES ('%', 'test', '', 'Y', 'Y')",
      "FLUSH PRIVILEGES",
    ]
    + (MariaDBServer.hasMySQL
      ? [] : ["GRANT SELECT (id) ON shop.prices TO PUBLIC", "GRANT shop_reader TO PUBLIC"])

  /// With a mandatory role, MySQL 9.7 executes no view of rows, so that no proof can run beside it.
  private static let mandatoryRole = "SET PERSIST mandatory_roles = 'shop_reader'"

  /// Each query has one row.
  private static let queries = [
    listing("mysql.db", "User, Host, Db, Select_priv, Insert_priv, Create_priv, Grant_priv"),
    listing("mysql.tables_priv", "User, Host, Db, Table_name, Table_priv, Column_priv"),
    listing("mysql.columns_priv", "User, Host, Db, Table_name, Column_name, Column_priv"),
    "SHOW CREATE USER `shop-app`",
    MariaDBServer.hasMySQL
      ? "SELECT concat(group_concat(TO_USER), '; ', @@mandatory_roles LIKE '%shop_reader%') FROM mysql.role_edges "
        + "WHERE FROM_USER = 'shop_reader'"
      : "SELECT group_concat(User ORDER BY User) FROM mysql.roles_mapping WHERE Role = 'shop_reader'",
  ]

  private static func listing(_ table: String, _ columns: String) -> String {
    let row = "concat_ws('|', \(columns))"
    return "SELECT group_concat(\(row) ORDER BY \(row)) FROM \(table) WHERE Db IN ('shop', 'test')"
  }

  /// Creates everything.
  func create(withMandatoryRole isMandatory: Bool = false) async throws {
    try await fleet.asSuperuser(Self.statements)
    if isMandatory, MariaDBServer.hasMySQL { try await fleet.asSuperuser(Self.mandatoryRole) }
  }

  /// What the application has, as text.
  func dump() async throws -> [String] {
    var found: [String] = []
    for query in Self.queries {
      let rows = try await fleet.superuser.unsafeQuery(unsafeSQL: query)
      found.append(rows.isNull(0, 0) ? "" : try rows.text(0, rows.columnNames.count - 1))
    }
    return found
  }
}
