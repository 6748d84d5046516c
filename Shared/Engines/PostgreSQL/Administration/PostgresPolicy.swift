/// A row-level security policy.
package struct PostgresPolicy: Sendable, Hashable {
  /// The commands to which a policy applies.
  package enum Command: String, Sendable, Hashable {
    case all = "ALL"
    case select = "SELECT"
    case insert = "INSERT"
    case update = "UPDATE"
    case delete = "DELETE"
  }

  package let table: String
  package let name: String
  /// The server joins permissive policies by OR, so one more can only widen access.
  package var isPermissive = true
  /// The roles to which it applies, sorted; `PUBLIC` for all roles.
  package var roles: [String]
  package var command: Command
  /// The condition for visible rows, in the form of `pg_get_expr`; nil when the command has no such condition.
  package var using: String?
  /// The condition for written rows, in the same form.
  package var check: String?

  /// Makes a permissive policy.
  package init(table: String, name: String, roles: [String], command: Command, using: String?, check: String?)
  {
    self.table = table
    self.name = name
    self.roles = roles
    self.command = command
    self.using = using
    self.check = check
  }

  /// The identity of a policy in its database.
  struct Key: Hashable {
    let table: String
    let name: String
  }

  var key: Key { Key(table: table, name: name) }

  /// The statement that creates it.
  var creation: String {
    var sql =
      "CREATE POLICY \(PostgresSQL.identifier(name)) ON \(PostgresObject.table(table).qualified)"
    sql += " AS \(isPermissive ? "PERMISSIVE" : "RESTRICTIVE")"
    sql += " FOR \(command.rawValue) TO \(grantees)"
    if let using { sql += " USING (\(using))" }
    if let check { sql += " WITH CHECK (\(check))" }
    return sql
  }

  private var grantees: String {
    roles.map { $0 == "PUBLIC" ? $0 : PostgresSQL.identifier($0) }.joined(separator: ", ")
  }

  /// The statement that gives the present policy of this name the roles of this one.
  var changeOfRoles: String {
    "ALTER POLICY \(PostgresSQL.identifier(name)) ON \(PostgresObject.table(table).qualified) TO \(grantees)"
  }

  /// The statement that removes it.
  var removal: String {
    "DROP POLICY \(PostgresSQL.identifier(name)) ON \(PostgresObject.table(table).qualified)"
  }
}

/// Whether a table's policies apply, and whether they also apply to its owner.
package struct RowSecurity: Sendable, Hashable {
  package var isEnabled: Bool
  package var isForced: Bool

  /// Makes row security from its two switches.
  package init(isEnabled: Bool, isForced: Bool) {
    self.isEnabled = isEnabled
    self.isForced = isForced
  }
}
