/// An object that acts, or whose rows are read, with its own rights when an account uses one of the fleet's tables. A
/// trigger's function may run as its author, and a rule's actions run as the table's owner. The rights on a parent
/// cover its child's rows. No list of grants shows any of these.
package struct PostgresAttachment: Sendable, Hashable {
  /// The kinds of attachments.
  package enum Kind: String, Sendable, Hashable {
    case trigger, rule
    /// A table that inherits from the fleet's table.
    case child
    /// A table from which the fleet's table inherits, so that rights on it cover the fleet's rows.
    case parent
    /// A partitioned table of which the fleet's table is a part.
    case partition
  }

  /// Its kind.
  package let kind: Kind
  /// Its name; that of another table is qualified and quoted.
  package let name: String
  /// The fleet's table to which it is attached.
  package let table: String
  /// The role that may remove it: the owner of the table, or of the other table.
  package let owner: String

  /// Makes an attachment.
  package init(_ kind: Kind, name: String, table: String, owner: String) {
    self.kind = kind
    self.name = name
    self.table = table
    self.owner = owner
  }

  /// The statement that removes it.
  var removal: String {
    let target = PostgresObject.table(table).qualified
    return switch kind {
    case .trigger: "DROP TRIGGER \(PostgresSQL.identifier(name)) ON \(target)"
    case .rule: "DROP RULE \(PostgresSQL.identifier(name)) ON \(target)"
    case .child: "ALTER TABLE \(name) NO INHERIT \(target)"
    case .parent: "ALTER TABLE \(target) NO INHERIT \(name)"
    case .partition: "ALTER TABLE \(name) DETACH PARTITION \(target)"
    }
  }

  var sortKey: (String, String, String) { (table, kind.rawValue, name) }
}

/// A parameter that is set for all roles, by `ALTER DATABASE ... SET` or `ALTER ROLE ALL SET`.
package struct PostgresSetting: Sendable, Hashable {
  /// The parameter.
  package let name: String
  /// Its value.
  package let value: String
  /// Whether it applies to the fleet's database only; otherwise it applies to every database of the server.
  package let isOfDatabase: Bool

  /// Makes a setting.
  package init(name: String, value: String, isOfDatabase: Bool) {
    self.name = name
    self.value = value
    self.isOfDatabase = isOfDatabase
  }

  /// Whether both set the same parameter in the same place; only one value can apply there.
  func isOfSameParameter(as other: PostgresSetting) -> Bool {
    name.lowercased() == other.name.lowercased() && isOfDatabase == other.isOfDatabase
  }

  var sortKey: (String, String) { (name, isOfDatabase ? "database" : "server") }
}
