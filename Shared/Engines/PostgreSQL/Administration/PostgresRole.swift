/// A role's attributes and settings that affect access.
package struct PostgresRole: Sendable, Hashable {
  package var canLogin = true
  package var isSuperuser = false
  package var canCreateRoles = false
  package var canCreateDatabases = false
  package var canReplicate = false
  package var bypassesRowSecurity = false
  /// Whether its password expires.
  package var passwordExpires = false
  /// When its password expires, in seconds since 1970; nil for never.
  package var validUntil: Int64?
  /// The same for people, in UTC.
  package var validUntilText = ""
  /// The comment on the role, which every account may read.
  package var note: String?
  /// The most connections; -1 means no limit.
  package var connectionLimit = -1
  /// `ALTER ROLE ... SET`, by the parameter's name.
  package var settings: [String: String] = [:]
  /// `ALTER ROLE ... IN DATABASE ... SET` for the fleet's database; these override ``settings``.
  package var databaseSettings: [String: String] = [:]

  /// Makes a role whose only attribute is LOGIN.
  package init() {}

  /// The attributes by the keywords of `ALTER ROLE`, each with its value.
  var attributes: [(word: String, isSet: Bool)] {
    [
      ("LOGIN", canLogin), ("SUPERUSER", isSuperuser), ("CREATEROLE", canCreateRoles),
      ("CREATEDB", canCreateDatabases), ("REPLICATION", canReplicate), ("BYPASSRLS", bypassesRowSecurity),
    ]
  }
}

/// The membership of one role in another.
package struct PostgresMembership: Sendable, Hashable {
  /// The granted role.
  package let role: String
  /// The role that is its member.
  package let member: String
  /// The role that granted the membership.
  package let grantor: String
  /// The member may grant the role to others, and alter it.
  package let canAdminister: Bool
  /// The member has the role's rights without `SET ROLE`.
  package let inherits: Bool
  /// The member may `SET ROLE` to it.
  package let canSet: Bool

  /// Makes a membership.
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
