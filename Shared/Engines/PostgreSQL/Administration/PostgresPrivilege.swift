/// One entry of an access control list.
package struct PostgresPrivilege: Sendable, Hashable {
  /// The holder of a privilege.
  package enum Grantee: Sendable, Hashable, Comparable {
    /// `PUBLIC`: every present and future role.
    case everyone
    case role(String)

    /// The name that reports use.
    package var displayName: String {
      switch self {
      case .everyone: "PUBLIC"
      case .role(let name): name
      }
    }

    /// The grantee as `GRANT ... TO` names it.
    var sql: String {
      switch self {
      case .everyone: "PUBLIC"
      case .role(let name): PostgresSQL.identifier(name)
      }
    }
  }

  /// The object.
  package let object: PostgresObject
  /// The column of the object; nil means the whole object.
  package let column: String?
  /// `SELECT`, `USAGE`, `CONNECT` and so on, as PostgreSQL spells them.
  package let privilege: String
  /// The role that holds it.
  package let grantee: Grantee
  /// The role that granted it.
  package let grantor: String
  /// `WITH GRANT OPTION`.
  package let isGrantable: Bool

  /// Makes an entry.
  package init(
    _ privilege: String, on object: PostgresObject, column: String? = nil, to grantee: Grantee,
    by grantor: String,
    isGrantable: Bool = false
  ) {
    self.privilege = privilege
    self.object = object
    self.column = column
    self.grantee = grantee
    self.grantor = grantor
    self.isGrantable = isGrantable
  }

  /// What tells most entries apart. A database has ten thousands of them, in several sets.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(object)
    hasher.combine(column)
    hasher.combine(privilege)
    if case .role(let name) = grantee { hasher.combine(name) }
  }

  /// The entry without its grantor and grant option, as GRANT and REVOKE name it.
  struct Target: Hashable {
    let object: PostgresObject
    let column: String?
    let privilege: String
    let grantee: Grantee
  }

  var target: Target { Target(object: object, column: column, privilege: privilege, grantee: grantee) }

  /// `SELECT`, or `SELECT (email)`.
  var words: String {
    column.map { "\(privilege) (\(PostgresSQL.identifier($0)))" } ?? privilege
  }

  /// The order of plans and reports.
  var sortKey: (PostgresObject, String, String, String, String) {
    (object, grantee.displayName, privilege, column ?? "", grantor)
  }
}
