import AccessPlanning

/// One difference between a database and the manifest.
package enum PostgresDifference: Sendable, Hashable {
  /// The migrations have not created the table yet.
  case tableMissing(String)
  case roleMissing(String, PostgresRole)
  case attribute(role: String, word: String, declared: Bool)
  case passwordExpires(role: String)
  case connectionLimit(role: String, declared: Int, actual: Int)
  case setting(role: String, name: String, declared: String?, actual: String?)
  case databaseSetting(role: String, name: String, actual: String)
  case settingOfEveryone(PostgresSetting)
  /// A declared setting of the database has another value, or none.
  case settingOfDatabase(PostgresSetting, actual: String?)
  /// A superuser that the manifest does not list; no grant or policy restricts it.
  case superuser(String)
  case attachment(PostgresAttachment)
  case membershipExcess(PostgresMembership)
  case membershipMissing(PostgresMembership)
  case owner(PostgresObject, declared: String, actual: String)
  case rowSecurity(table: String, declared: RowSecurity, actual: RowSecurity)
  case policyExcess(PostgresPolicy)
  case policyMissing(PostgresPolicy)
  case policyDifferent(declared: PostgresPolicy, actual: PostgresPolicy)
  case privilegeExcess(PostgresPrivilege)
  case privilegeMissing(PostgresPrivilege)
  case credential(account: String, CredentialState)
  case finding(PostgresFinding)
  case keyMissing(PostgresKey)
  /// An owner lost a right on its own object.
  case ownerRight(PostgresPrivilege)
  /// The planner samples a column of which some account may see only its own rows.
  case sampledColumn(PostgresSampledColumn)
  /// Default privileges of an account that cannot create anything: they never apply.
  case inertDefault(PostgresPrivilege)
  /// An account that the manifest no longer lists, or a person's login whose time has passed.
  case retired(RetiredAccount, RetiredTrace)
}

extension PostgresDifference {
  /// Whether it concerns a role itself: its existence, attributes or settings.
  var isOfRole: Bool {
    switch self {
    case .roleMissing, .attribute, .passwordExpires, .connectionLimit, .setting, .databaseSetting: true
    case .tableMissing, .settingOfEveryone, .settingOfDatabase, .superuser, .attachment, .membershipExcess,
      .membershipMissing,
      .owner, .rowSecurity, .policyExcess,
      .policyMissing,
      .policyDifferent, .privilegeExcess, .privilegeMissing, .credential, .finding, .keyMissing, .ownerRight,
      .sampledColumn, .inertDefault, .retired:
      false
    }
  }
}

extension PostgresDifference {
  /// Whether a retired account can still do something.
  var isUnclosed: Bool {
    guard case .retired(_, let trace) = self else { return false }
    return switch trace {
    case .login, .sessions: true
    case .role, .elsewhere: false
    }
  }

  /// The access of a person whose login is still there, although its time has passed.
  var endedLogin: OpenedAccess? {
    if case .retired(let account, .login) = self { account.access } else { nil }
  }
}

extension PostgresDifference {
  /// Whether bootstrap corrects it too, although the administrator may: other clients may connect before `apply`.
  var isOfDatabase: Bool { if case .settingOfDatabase = self { true } else { false } }
}

extension PostgresDifference {
  /// The difference in the form that reports and filters use.
  package var deviation: Deviation {
    switch self {
    case .tableMissing(let table): .tableMissing(table)
    case .roleMissing(let role, _): Self.missing(role: role)
    case .attribute(let role, let word, let declared): Self.attribute(word, of: role, declared: declared)
    case .passwordExpires(let role): Self.passwordExpires(role)
    case .connectionLimit(let role, let declared, let actual):
      Self.connectionLimit(of: role, declared: declared, actual: actual)
    case .setting(let role, let name, let declared, let actual):
      Self.setting(name, of: role, declared: declared, actual: actual)
    case .databaseSetting(let role, let name, let actual):
      Self.databaseSetting(name, of: role, actual: actual)
    case .settingOfEveryone(let setting): Self.excess(setting)
    case .settingOfDatabase(let setting, let actual): Self.different(setting, actual: actual)
    case .superuser(let role): Self.superuser(role)
    case .attachment(let attachment): Self.excess(attachment)
    case .membershipExcess(let membership): Self.excess(membership)
    case .membershipMissing(let membership): Self.missing(membership)
    case .owner(let object, let declared, let actual):
      Self.owner(of: object, declared: declared, actual: actual)
    case .rowSecurity(let table, let declared, let actual):
      Self.rowSecurity(of: table, declared: declared, actual: actual)
    case .policyExcess(let policy): Self.excess(policy)
    case .policyMissing(let policy): Self.missing(policy)
    case .policyDifferent(let declared, let actual): Self.different(declared, actual: actual)
    case .privilegeExcess(let privilege): Self.excess(privilege)
    case .privilegeMissing(let privilege): Self.missing(privilege)
    case .credential(let account, let state): Self.credential(of: account, state)
    case .finding(let finding): finding.deviation
    case .keyMissing(let key): key.deviation
    case .ownerRight(let privilege): Self.lost(privilege)
    case .sampledColumn(let column): column.deviation
    case .inertDefault(let privilege): Self.inert(privilege)
    case .retired(let account, let trace): trace.deviation(of: account)
    }
  }

  // MARK: Roles

  private static func missing(role: String) -> Deviation {
    Deviation(
      .missing, account: role, object: "role", privilege: "LOGIN", message: "account \(role) does not exist")
  }

  private static func attribute(_ word: String, of role: String, declared: Bool) -> Deviation {
    Deviation(
      declared ? .missing : .excess, account: role, object: "role", privilege: word,
      message: "\(role) \(declared ? "lacks" : "has") the attribute \(word)")
  }

  private static func passwordExpires(_ role: String) -> Deviation {
    Deviation(
      .different, account: role, object: "role", privilege: "VALID UNTIL",
      message: "the password of \(role) expires, which the manifest does not declare")
  }

  private static func connectionLimit(of role: String, declared: Int, actual: Int) -> Deviation {
    let isWider = actual == -1 || (declared != -1 && actual > declared)
    return Deviation(
      isWider ? .excess : .missing, account: role, object: "role", privilege: "CONNECTION LIMIT",
      message: "\(role) may open \(actual == -1 ? "any number of" : "\(actual)") connections, "
        + "declared: \(declared == -1 ? "any number" : "\(declared)")")
  }

  private static func setting(
    _ name: String, of role: String, declared: String?, actual: String?
  ) -> Deviation {
    Deviation(
      .different, account: role, object: "role", privilege: name,
      message: "\(name) of \(role) is \(actual ?? "not set"), declared: \(declared ?? "not set")")
  }

  private static func databaseSetting(_ name: String, of role: String, actual: String) -> Deviation {
    Deviation(
      .different, account: role, object: "role", privilege: name,
      message: "\(name) of \(role) is \(actual) in this database only, which the manifest does not declare")
  }

  private static func excess(_ setting: PostgresSetting) -> Deviation {
    let place = setting.isOfDatabase ? "this database" : "every database of the server"
    return Deviation(
      .different, account: "PUBLIC", object: setting.isOfDatabase ? "database" : "server",
      privilege: setting.name,
      message: "\(setting.name) is set to \(setting.value) for all roles in \(place), "
        + "which the manifest does not declare")
  }

  private static func different(_ setting: PostgresSetting, actual: String?) -> Deviation {
    Deviation(
      .different, account: "PUBLIC", object: "database", privilege: setting.name,
      message: "\(setting.name) of the database is \(actual ?? "not set"), declared: \(setting.value)")
  }

  private static func superuser(_ role: String) -> Deviation {
    Deviation(
      .excess, account: role, object: "role", privilege: "SUPERUSER",
      message: "\(role) is a superuser, whom no grant or policy restricts, and the manifest does not list it")
  }

  private static func excess(_ membership: PostgresMembership) -> Deviation {
    Deviation(
      .excess, account: membership.member, object: membership.role, privilege: "MEMBER",
      grantor: membership.grantor,
      message: "\(membership.member) is a member of \(membership.role) (\(membership.options)), granted by "
        + "\(membership.grantor), which the manifest does not declare")
  }

  private static func missing(_ membership: PostgresMembership) -> Deviation {
    Deviation(
      .missing, account: membership.member, object: membership.role, privilege: "ADMIN",
      message: "\(membership.member) cannot administer \(membership.role), because another role created it: "
        + "`bulkhead bootstrap` adopts it")
  }

  private static func credential(of account: String, _ state: CredentialState) -> Deviation {
    let (kind, what): (Deviation.Kind, String) =
      switch state {
      case .accepted: (.different, "the credential of \(account) is accepted")
      case .refused: (.different, "the server rejects the credential of \(account)")
      case .absent: (.missing, CredentialStore.advice(onMissing: account))
      case .unchecked:
        (.excess, "the server accepts \(account) without checking its password (see pg_hba.conf)")
      case .unusable(let reason): (.missing, "the server starts no session of \(account): \(reason)")
      }
    return Deviation(
      kind, account: account, object: "role", privilege: Deviation.credentialName, message: what)
  }

  // MARK: Objects

  /// `declared` is the administrator where the manifest does not have the object.
  private static func owner(of object: PostgresObject, declared: String, actual: String) -> Deviation {
    Deviation(
      .different, account: actual, object: object.displayName, privilege: "OWNER",
      message: "\(object.kind.rawValue) \(object.displayName) is owned by \(actual), declared: \(declared)")
  }

  private static func rowSecurity(of table: String, declared: RowSecurity, actual: RowSecurity) -> Deviation {
    let isWeaker = (declared.isEnabled && !actual.isEnabled) || (declared.isForced && !actual.isForced)
    return Deviation(
      isWeaker ? .excess : .missing, account: "PUBLIC", object: table, privilege: Deviation.rowSecurityName,
      message: "row security of \(table) is \(actual.words), declared: \(declared.words)")
  }

  private static func excess(_ attachment: PostgresAttachment) -> Deviation {
    let effect =
      switch attachment.kind {
      case .trigger, .rule, .child: "acts with its own rights"
      case .parent, .partition: "opens the rows by its own rights"
      }
    return Deviation(
      .excess, account: "PUBLIC", object: attachment.table,
      privilege: "\(attachment.kind.rawValue.uppercased()) \(attachment.name)", grantor: attachment.owner,
      message: "table \(attachment.table) has the \(attachment.kind.rawValue) \(attachment.name), "
        + "which \(effect) and which the manifest does not declare")
  }

  private static func excess(_ policy: PostgresPolicy) -> Deviation {
    Deviation(
      policy.isPermissive ? .excess : .missing, account: policy.roles.joined(separator: ", "),
      object: policy.table, privilege: Deviation.policyPrefix + policy.name,
      message: "table \(policy.table) has the policy \"\(policy.name)\" (\(policy.words)), "
        + "which the manifest does not declare")
  }

  private static func missing(_ policy: PostgresPolicy) -> Deviation {
    Deviation(
      .missing, account: policy.roles.joined(separator: ", "), object: policy.table,
      privilege: Deviation.policyPrefix + policy.name,
      message: "table \(policy.table) lacks the policy \"\(policy.name)\""
        + (policy.keepsRowsOfOthers
          ? ", by which \(policy.roles.joined(separator: ", ")) keep every row" : ""))
  }

  private static func different(_ declared: PostgresPolicy, actual: PostgresPolicy) -> Deviation {
    Deviation(
      .different, account: declared.roles.joined(separator: ", "), object: declared.table,
      privilege: Deviation.policyPrefix + declared.name,
      message:
        "the policy \"\(declared.name)\" on \(declared.table) is: \(actual.words); declared: \(declared.words)"
    )
  }

  private static func excess(_ privilege: PostgresPrivilege) -> Deviation {
    Deviation(
      .excess, account: privilege.grantee.displayName, object: privilege.object.displayName,
      privilege: privilege.privilege, column: privilege.column, grantor: privilege.grantor,
      message:
        "\(privilege.grantee.displayName) holds \(privilege.readable), granted by \(privilege.grantor), "
        + "which the manifest does not declare")
  }

  private static func inert(_ privilege: PostgresPrivilege) -> Deviation {
    Deviation(
      .remark, account: privilege.grantor, object: privilege.object.displayName,
      privilege: privilege.privilege, grantor: privilege.grantor,
      message: "\(privilege.grantor) grants \(privilege.readable) to \(privilege.grantee.displayName) "
        + "in advance, which has no effect: it may create nothing")
  }

  private static func missing(_ privilege: PostgresPrivilege) -> Deviation {
    Deviation(
      .missing, account: privilege.grantee.displayName, object: privilege.object.displayName,
      privilege: privilege.privilege, column: privilege.column, grantor: privilege.grantor,
      message:
        "\(privilege.grantee.displayName) lacks \(privilege.readable), which \(privilege.grantor) must grant")
  }
}
