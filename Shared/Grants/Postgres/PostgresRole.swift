/// A role's attributes and settings, as far as they bear on access.
public struct PostgresRole: Sendable, Hashable {
  public var canLogin = true
  public var isSuperuser = false
  public var canCreateRoles = false
  public var canCreateDatabases = false
  public var canReplicate = false
  public var bypassesRowSecurity = false
  /// Whether its password stops working at some time.
  public var passwordExpires = false
  /// -1 is without limit.
  public var connectionLimit = -1
  /// `ALTER ROLE ... SET`, by the parameter's name.
  public var settings: [String: String] = [:]
  /// `ALTER ROLE ... IN DATABASE ... SET` for our database; these win over ``settings``.
  public var databaseSettings: [String: String] = [:]

  /// A plain role that may log in and nothing else.
  public init() {}

  /// The attributes by the words of `ALTER ROLE`, each with its value.
  var attributes: [(word: String, isSet: Bool)] {
    [
      ("LOGIN", canLogin), ("SUPERUSER", isSuperuser), ("CREATEROLE", canCreateRoles),
      ("CREATEDB", canCreateDatabases), ("REPLICATION", canReplicate), ("BYPASSRLS", bypassesRowSecurity),
    ]
  }
}

/// That one role may act as, or hand on, another.
public struct PostgresMembership: Sendable, Hashable {
  /// The role that is granted.
  public let role: String
  /// Who has it.
  public let member: String
  /// Who granted it.
  public let grantor: String
  /// The member may grant the role to others, and alter it.
  public let canAdminister: Bool
  /// The member has the role's rights without asking.
  public let inherits: Bool
  /// The member may `SET ROLE` to it.
  public let canSet: Bool

  /// A membership by its parts.
  public init(
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
