/// One entry of an access control list, taken apart.
package struct PostgresPrivilege: Sendable, Hashable {
  /// Who has it.
  package enum Grantee: Sendable, Hashable, Comparable {
    /// `PUBLIC`: every role there is and every role to come.
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

  /// On what.
  package let object: PostgresObject
  /// On which column of it; `nil` is the whole object.
  package let column: String?
  /// `SELECT`, `USAGE`, `CONNECT` and so on, as PostgreSQL spells them.
  package let privilege: String
  /// Who has it.
  package let grantee: Grantee
  /// Who granted it.
  package let grantor: String
  /// `WITH GRANT OPTION`.
  package let isGrantable: Bool

  /// An entry by its parts.
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

  /// What would be granted or revoked: the entry without the grantor and the grant option.
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
