/// A role's attributes and settings, as far as they bear on access.
package struct PostgresRole: Sendable, Hashable {
  package var canLogin = true
  package var isSuperuser = false
  package var canCreateRoles = false
  package var canCreateDatabases = false
  package var canReplicate = false
  package var bypassesRowSecurity = false
  /// Whether its password stops working at some time.
  package var passwordExpires = false
  /// -1 is without limit.
  package var connectionLimit = -1
  /// `ALTER ROLE ... SET`, by the parameter's name.
  package var settings: [String: String] = [:]
  /// `ALTER ROLE ... IN DATABASE ... SET` for our database; these win over ``settings``.
  package var databaseSettings: [String: String] = [:]

  /// A plain role that may log in and nothing else.
  package init() {}

  /// The attributes by the words of `ALTER ROLE`, each with its value.
  var attributes: [(word: String, isSet: Bool)] {
    [
      ("LOGIN", canLogin), ("SUPERUSER", isSuperuser), ("CREATEROLE", canCreateRoles),
      ("CREATEDB", canCreateDatabases), ("REPLICATION", canReplicate), ("BYPASSRLS", bypassesRowSecurity),
    ]
  }
}

/// That one role may act as, or hand on, another.
package struct PostgresMembership: Sendable, Hashable {
  /// The role that is granted.
  package let role: String
  /// Who has it.
  package let member: String
  /// Who granted it.
  package let grantor: String
  /// The member may grant the role to others, and alter it.
  package let canAdminister: Bool
  /// The member has the role's rights without asking.
  package let inherits: Bool
  /// The member may `SET ROLE` to it.
  package let canSet: Bool

  /// A membership by its parts.
  package init(
    role: String, member: String, grantor: String, canAdminister: Bool, inherits: Bool, canSet: Bool
  ) {
    self.role = role
    self.member = member
    self.grantor = grantor
    self.canAdminister = canAdminister
    self.inherits = inherits
    self.canSet = canSet
  }
}
