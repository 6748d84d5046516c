/// A row-level security policy.
package struct PostgresPolicy: Sendable, Hashable {
  /// For what a policy holds.
  package enum Command: String, Sendable, Hashable {
    case all = "ALL"
    case select = "SELECT"
    case insert = "INSERT"
    case update = "UPDATE"
    case delete = "DELETE"
  }

  package let table: String
  package let name: String
  /// Permissive policies are joined by OR: one more can only widen.
  package var isPermissive = true
  /// The roles it is for, sorted; `PUBLIC` for everyone.
  package var roles: [String]
  package var command: Command
  /// Which rows are visible, in the form of `pg_get_expr`; `nil` where the command has no such condition.
  package var using: String?
  /// Which rows may be written, in the same form.
  package var check: String?

  /// A permissive policy by its parts.
  package init(table: String, name: String, roles: [String], command: Command, using: String?, check: String?)
  {
    self.table = table
    self.name = name
    self.roles = roles
    self.command = command
    self.using = using
    self.check = check
  }

  /// What identifies a policy in its database.
  struct Key: Hashable {
    let table: String
    let name: String
  }

  var key: Key { Key(table: table, name: name) }

  /// The statement that makes it.
  var creation: String {
    let target = roles.map { $0 == "PUBLIC" ? $0 : PostgresSQL.identifier($0) }.joined(separator: ", ")
    var sql =
      "CREATE POLICY \(PostgresSQL.identifier(name)) ON \(PostgresSQL.identifier(PostgresSQL.schema))."
    sql += "\(PostgresSQL.identifier(table)) AS \(isPermissive ? "PERMISSIVE" : "RESTRICTIVE")"
    sql += " FOR \(command.rawValue) TO \(target)"
    if let using { sql += " USING (\(using))" }
    if let check { sql += " WITH CHECK (\(check))" }
    return sql
  }

  /// The statement that takes it away.
  var removal: String {
    "DROP POLICY \(PostgresSQL.identifier(name)) ON \(PostgresSQL.identifier(PostgresSQL.schema))."
      + PostgresSQL.identifier(table)
  }
}

/// Whether a table's policies hold, and whether they hold for its owner too.
package struct RowSecurity: Sendable, Hashable {
  package var isEnabled: Bool
  package var isForced: Bool

  /// Row security by its two switches.
  package init(isEnabled: Bool, isForced: Bool) {
    self.isEnabled = isEnabled
    self.isForced = isForced
  }
}
