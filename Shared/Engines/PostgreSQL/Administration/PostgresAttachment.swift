/// Something that acts when one of the fleet's tables is used, or is read along with it, with rights of its own: a
/// trigger's function may run as whoever wrote it, a rule's actions do as the table's owner, and a child's rows are read
/// with the rights on its parent. No list of grants shows any of it.
package struct PostgresAttachment: Sendable, Hashable {
  /// What it is.
  package enum Kind: String, Sendable, Hashable {
    case trigger, rule
    /// A table that inherits from the fleet's.
    case child
  }

  /// What it is.
  package let kind: Kind
  /// Its name; a child's is qualified and quoted.
  package let name: String
  /// The fleet's table that it hangs on.
  package let table: String
  /// Who may take it away: the table's owner, or the child's.
  package let owner: String

  /// An attachment by its parts.
  package init(_ kind: Kind, name: String, table: String, owner: String) {
    self.kind = kind
    self.name = name
    self.table = table
    self.owner = owner
  }

  /// The statement that takes it away.
  var removal: String {
    let target = "\(PostgresSQL.identifier(PostgresSQL.schema)).\(PostgresSQL.identifier(table))"
    return switch kind {
    case .trigger: "DROP TRIGGER \(PostgresSQL.identifier(name)) ON \(target)"
    case .rule: "DROP RULE \(PostgresSQL.identifier(name)) ON \(target)"
    case .child: "ALTER TABLE \(name) NO INHERIT \(target)"
    }
  }

  var sortKey: (String, String, String) { (table, kind.rawValue, name) }
}

/// A parameter that is set for everyone: `ALTER DATABASE ... SET`, or `ALTER ROLE ALL SET`.
package struct PostgresSetting: Sendable, Hashable {
  /// The parameter.
  package let name: String
  /// Its value.
  package let value: String
  /// Whether it holds in our database alone; else in every one of the server.
  package let isOfDatabase: Bool

  /// A setting by its parts.
  package init(name: String, value: String, isOfDatabase: Bool) {
    self.name = name
    self.value = value
    self.isOfDatabase = isOfDatabase
  }

  var sortKey: (String, String) { (name, isOfDatabase ? "database" : "server") }
}
