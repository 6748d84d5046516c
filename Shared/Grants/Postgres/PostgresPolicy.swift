/// A row-level security policy.
public struct PostgresPolicy: Sendable, Hashable {
  /// For what a policy holds.
  public enum Command: String, Sendable, Hashable {
    case all = "ALL"
    case select = "SELECT"
    case insert = "INSERT"
    case update = "UPDATE"
    case delete = "DELETE"
  }

  public let table: String
  public let name: String
  /// Permissive policies are joined by OR: one more can only widen.
  public var isPermissive = true
  /// The roles it is for, sorted; `PUBLIC` for everyone.
  public var roles: [String]
  public var command: Command
  /// Which rows are visible, in the form of `pg_get_expr`; `nil` where the command has no such condition.
  public var using: String?
  /// Which rows may be written, in the same form.
  public var check: String?

  /// A permissive policy by its parts.
  public init(table: String, name: String, roles: [String], command: Command, using: String?, check: String?)
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
public struct RowSecurity: Sendable, Hashable {
  public var isEnabled: Bool
  public var isForced: Bool

  /// Row security by its two switches.
  public init(isEnabled: Bool, isForced: Bool) {
    self.isEnabled = isEnabled
    self.isForced = isForced
  }
}
