import AccessPlanning

/// One difference between a server and the manifest.
enum MariaDBDifference: Hashable {
  /// The server checks no login and no right.
  case unguarded
  /// The migrations have not created the table yet.
  case tableMissing(String)
  /// A table or a sequence that no migration made.
  case tableExcess(String, isSequence: Bool)
  case accountMissing(MariaDBGrantee)
  case locked(MariaDBGrantee, declared: Bool)
  /// A password signs in as an account that is to have none.
  case usable(MariaDBGrantee)
  case limits(MariaDBGrantee, declared: MariaDBLimits, actual: MariaDBLimits)
  case defaultRole(MariaDBGrantee, String)
  /// The right password is not enough, or will not be.
  case obstacle(MariaDBGrantee, MariaDBLogin.Obstacle)
  /// An account of the same name with a nearer host.
  case shadow(MariaDBGrantee)
  /// A role of the same name, with its rights in databases of others. Reports could not tell it from the account.
  case roleOfOurName(MariaDBGrantee, elsewhere: [String])
  /// An account without a name, which takes logins of every name from its host, with its rights in databases of others.
  case anonymous(MariaDBGrantee, elsewhere: [String])
  /// An account or role with rights on every database, which the manifest does not list, and the accounts that have the
  /// role.
  case superuser(MariaDBGrantee, [String], members: [MariaDBGrantee])
  /// An account of others with rights on the tables in which the server keeps the rights.
  case serverTables(MariaDBGrantee, [String])
  /// Roles of everyone that stay after the plan. Beside them, MySQL executes no view of rows.
  case mandatoryRoles([MariaDBGrantee])
  /// So many wrong passwords block an account, and they are few.
  case blocks(afterErrors: Int64)
  /// A setting of the server with which the fleet fails.
  case setting(ServerSetting)
  /// An account that the manifest no longer lists.
  case retired(MariaDBGrantee, isClosed: Bool)
  case privilegeExcess(MariaDBPrivilege)
  case privilegeMissing(MariaDBPrivilege)
  case viewMissing(MariaDBView)
  case viewDifferent(declared: MariaDBView, actual: MariaDBView)
  case viewExcess(MariaDBView)
  /// A table is not what the view of an account's rows relies on.
  case viewBasis(MariaDBView, problem: String)
  /// A table of another database refers to one of ours.
  case foreignKey(MariaDBForeignKey)
  case code(MariaDBCode)
  /// Code of another database with rights on ours. An account of ours is its definer, or everyone may call it.
  case codeElsewhere(MariaDBCodeElsewhere, isOurs: Bool)
  case credential(account: String, CredentialState)
}

extension MariaDBDifference {
  /// The difference in the form that reports and filters use.
  func deviation(in database: String) -> Deviation {
    switch self {
    case .unguarded: Self.unguardedServer
    case .tableMissing(let table): .tableMissing(table)
    case .tableExcess(let name, let isSequence): Self.table(name, isSequence)
    case .accountMissing(let grantee):
      Self.account(.missing, grantee, "LOGIN", "account \(grantee.displayName) does not exist")
    case .locked(let grantee, let declared):
      Self.account(
        declared ? .excess : .missing, grantee, "ACCOUNT LOCK",
        "\(grantee.displayName) is \(declared ? "not " : "")locked, and must \(declared ? "" : "not ")be")
    case .usable(let grantee):
      Self.account(
        .excess, grantee, "LOGIN",
        "\(grantee.displayName) has a password or another way to log in, and must have none")
    case .limits(let grantee, let declared, let actual):
      Self.account(
        actual.isWider(than: declared) ? .excess : .missing, grantee, "LIMITS",
        "the limits of \(grantee.displayName) are: \(actual.text); declared: \(declared.text)")
    case .defaultRole(let grantee, let role):
      Self.account(
        .different, grantee, "DEFAULT ROLE",
        "\(grantee.displayName) has the default role \(role), which the manifest does not declare")
    case .obstacle(let grantee, let obstacle):
      Self.account(
        .missing, grantee, "LOGIN",
        "the server \(Self.words(of: obstacle, for: grantee.displayName))")
    case .shadow(let grantee): Self.shadow(grantee)
    case .anonymous(let grantee, let rights): Self.anonymous(grantee, rights)
    case .roleOfOurName(let grantee, let rights): Self.role(grantee, rights)
    case .superuser(let grantee, let privileges, let members): Self.superuser(grantee, privileges, members)
    case .serverTables(let grantee, let rights): Self.serverTables(grantee, rights)
    case .mandatoryRoles(let roles): Self.mandatoryRoles(roles)
    case .blocks(let errors): Self.blocks(afterErrors: errors)
    case .setting(let setting):
      Deviation(
        setting.isRemark ? .remark : .missing, account: "PUBLIC", object: "server", privilege: setting.name,
        message: setting.message)
    case .retired(let grantee, let isClosed): Self.retired(grantee, isClosed: isClosed)
    case .privilegeExcess(let privilege): Self.excess(privilege, in: database)
    case .privilegeMissing(let privilege): Self.missing(privilege, in: database)
    case .viewMissing(let view):
      Self.view(view, .missing, "the view \(view.name), which shows an account its own rows, does not exist")
    case .viewDifferent(let declared, let actual): Self.different(declared, actual)
    case .viewExcess(let view):
      Self.view(
        view, .excess,
        "there is a view \(view.name) by \(view.definer), which the manifest does not declare")
    case .viewBasis(let view, let problem):
      Self.view(
        view, .different,
        "the view \(view.name) \(problem): run `bulkhead migrate check`, and bring the table to its schema")
    case .foreignKey(let key): Self.foreignKey(key)
    case .code(let code): Self.code(code)
    case .codeElsewhere(let code, let isOurs): Self.elsewhere(code, isOurs, database)
    case .credential(let account, let state): Self.credential(of: account, state)
    }
  }

  private static let unguardedServer = Deviation(
    .excess, account: "PUBLIC", object: "server", privilege: "LOGIN",
    message:
      "the server checks no password and no right (skip_grant_tables): restart it without that setting, or run "
      + "FLUSH PRIVILEGES as its superuser")

  private static func words(of obstacle: MariaDBLogin.Obstacle, for account: String) -> String {
    switch obstacle {
    case .certificate: "accepts \(account) only with a certificate of the client"
    case .encryption: "accepts \(account) only in an encrypted session (REQUIRE SSL), and encrypts none"
    case .expiry: "lets the password of \(account) expire"
    case .failures: "locks \(account) after failed logins, which any client can send"
    }
  }

  private static func account(
    _ kind: Deviation.Kind, _ grantee: MariaDBGrantee, _ privilege: String, _ message: String
  ) -> Deviation {
    Deviation(
      kind, account: grantee.displayName, object: "account", privilege: privilege, message: message)
  }

  private static func shadow(_ grantee: MariaDBGrantee) -> Deviation {
    // The proof logs in as the account of the name alone.
    Deviation(
      .excess, account: grantee.displayName, object: grantee.user, privilege: "LOGIN",
      message: "the account \(grantee.displayName) takes the logins of \(grantee.user) from its host")
  }

  private static func role(_ grantee: MariaDBGrantee, _ elsewhere: [String]) -> Deviation {
    Deviation(
      .excess, account: "role \(grantee.user)", object: grantee.user, privilege: "ROLE",
      message:
        "the role \(grantee.user) has the name of an account of ours, so its rights look like those of the account"
        + remedy(for: elsewhere, "give that to another role"))
  }

  private static func superuser(
    _ grantee: MariaDBGrantee, _ privileges: [String], _ members: [MariaDBGrantee]
  ) -> Deviation {
    let holders =
      members.isEmpty
      ? "" : ", which \(members.map(\.displayName).joined(separator: ", ")) may use as a role"
    return account(
      .excess, grantee, "GLOBAL",
      "\(grantee.displayName) holds \(privileges.joined(separator: ", ")) on every database\(holders), and the manifest "
        + "does not list it: revoke them, or name it in scope.others.roles")
  }

  private static func anonymous(_ grantee: MariaDBGrantee, _ elsewhere: [String]) -> Deviation {
    Deviation(
      .excess, account: "PUBLIC", object: "account", privilege: "LOGIN",
      message: "the account \(grantee.displayName) has no name, so it takes logins of any name from its host"
        + remedy(for: elsewhere, "give that a name"))
  }

  /// What an operator does about an account or a role that holds rights of others, before it can go.
  private static func remedy(for elsewhere: [String], _ advice: String) -> String {
    if elsewhere.isEmpty { return "" }
    return ". It holds \(elsewhere.joined(separator: ", ")), which is not ours: \(advice), and drop it"
  }

  /// The kind of the finding in the manifest's `accepts`.
  static let serverTables = "SERVER TABLES"

  private static func serverTables(_ grantee: MariaDBGrantee, _ rights: [String]) -> Deviation {
    account(
      .excess, grantee, serverTables,
      "\(grantee.displayName) holds \(rights.joined(separator: ", ")), where the server keeps accounts, rights or the "
        + "statements of others: revoke that, name the account in scope.others.roles, or accept "
        + "`\(serverTables) \(grantee.displayName)`")
  }

  /// The privilege of the finding.
  static let mandatoryRoles = "MANDATORY ROLES"

  private static func mandatoryRoles(_ roles: [MariaDBGrantee]) -> Deviation {
    let names = roles.map(\.displayName).joined(separator: ", ")
    return Deviation(
      .missing, account: "PUBLIC", object: "server", privilege: mandatoryRoles,
      message:
        "the server has mandatory roles (\(names)), beside which it executes no view of rows (error 1356), so accounts "
        + "with such views fail: grant these roles to their accounts instead, and run as the superuser: "
        + "SET PERSIST mandatory_roles = ''")
  }

  /// The privilege of the finding, and how the manifest accepts it.
  static let blocks = "MAX_PASSWORD_ERRORS"

  private static func blocks(afterErrors errors: Int64) -> Deviation {
    Deviation(
      .missing, account: "PUBLIC", object: "server", privilege: blocks,
      message:
        "\(errors) wrong passwords block an account (max_password_errors), and any client can send them: set "
        + "max_password_errors in the server's configuration to its default, and run as the superuser: "
        + "SET GLOBAL max_password_errors = 4294967295; or accept `\(blocks)`")
  }

  private static func retired(_ grantee: MariaDBGrantee, isClosed: Bool) -> Deviation {
    let words = "account \(grantee.displayName) is retired, because the manifest no longer lists it, "
    return isClosed
      ? account(
        .remark, grantee, "ACCOUNT",
        words + "and it remains, locked: `bulkhead access apply --drop-retired` drops it")
      : account(.excess, grantee, "LOGIN", words + "and it can still log in")
  }

  // MARK: Privileges

  private static func excess(_ privilege: MariaDBPrivilege, in database: String) -> Deviation {
    let text = privilege.text(in: database)
    return of(
      privilege, .excess, in: database,
      "\(privilege.grantee.displayName) holds \(text), which the manifest does not declare")
  }

  private static func missing(_ privilege: MariaDBPrivilege, in database: String) -> Deviation {
    of(
      privilege, .missing, in: database,
      "\(privilege.grantee.displayName) lacks \(privilege.text(in: database))")
  }

  private static func of(
    _ privilege: MariaDBPrivilege, _ kind: Deviation.Kind, in database: String, _ message: String
  ) -> Deviation {
    Deviation(
      kind, account: privilege.grantee.displayName, object: privilege.place.displayName(in: database),
      privilege: privilege.name, column: privilege.place.column, message: message)
  }

  // MARK: Views, code and credentials

  /// A view of an account's rows belongs to that account.
  private static func view(
    _ view: MariaDBView, _ kind: Deviation.Kind, _ message: String
  ) -> Deviation {
    return Deviation(
      kind, account: kind == .excess ? "PUBLIC" : view.account ?? "PUBLIC", object: view.name,
      privilege: "VIEW", message: message)
  }

  private static func different(_ declared: MariaDBView, _ actual: MariaDBView) -> Deviation {
    var parts: [String] = []
    if actual.definition != declared.definition { parts.append("shows: \(actual.definition)") }
    if actual.definer != declared.definer { parts.append("uses the rights of \(actual.definer)") }
    if !actual.runsAsDefiner { parts.append("uses the rights of its caller") }
    if actual.checkOption != declared.checkOption {
      parts.append("has the check option \(actual.checkOption)")
    }
    if actual.algorithm != declared.algorithm { parts.append("has the algorithm \(actual.algorithm)") }
    return view(
      declared, .different,
      "the view \(declared.name) \(parts.joined(separator: ", ")); declared: "
        + "\(declared.definition), by \(declared.definer), with the check option \(declared.checkOption)")
  }

  /// The kind of the finding in the manifest's `accepts`.
  static func kind(ofTable isSequence: Bool) -> String { isSequence ? "SEQUENCE" : "TABLE" }

  private static func table(_ name: String, _ isSequence: Bool) -> Deviation {
    let kind = kind(ofTable: isSequence)
    return Deviation(
      .excess, account: "PUBLIC", object: name, privilege: kind,
      message:
        "the database has the \(kind.lowercased()) \(name), which no migration made: drop it, or accept "
        + "`\(kind) \(name)`")
  }

  private static func foreignKey(_ key: MariaDBForeignKey) -> Deviation {
    Deviation(
      .excess, account: "PUBLIC", object: key.referenced, privilege: MariaDBForeignKey.kind,
      message:
        "table \(key.table) has a foreign key onto \(key.referenced), which shows what exists and blocks deletions: "
        + "drop it, or accept `\(key.key)`")
  }

  private static func code(_ code: MariaDBCode) -> Deviation {
    let effect =
      code.kind == MariaDBCode.loadable
      ? "comes from \(code.definer), runs in the server and can be called by every account"
      : code.runsAsDefiner ? "runs with the rights of \(code.definer)" : "runs with its caller's rights"
    return Deviation(
      .excess, account: "PUBLIC", object: code.name, privilege: code.kind.uppercased(),
      message: "\(code.kind) \(code.name) exists, \(effect), and is not declared by the manifest")
  }

  private static func elsewhere(
    _ code: MariaDBCodeElsewhere, _ isOurs: Bool, _ database: String
  ) -> Deviation {
    let reason =
      isOurs ? "an account of ours" : "who has rights on \(database), and every account may call it"
    return Deviation(
      .excess, account: isOurs ? code.definer.displayName : "PUBLIC", object: code.name,
      privilege: code.code.kind.uppercased(),
      message:
        "\(code.code.kind) \(code.name) runs with the rights of \(code.code.definer), \(reason): drop it, "
        + "give it another definer, or accept `\(code.key)`")
  }

  private static func credential(of account: String, _ state: CredentialState) -> Deviation {
    let (kind, what): (Deviation.Kind, String) =
      switch state {
      case .accepted: (.different, "the credential of \(account) is accepted")
      case .refused: (.different, "the server does not have the credential of \(account)")
      case .absent: (.missing, CredentialStore.advice(onMissing: account))
      case .unchecked: (.excess, "the server accepts \(account) without its credential too")
      case .unusable(let reason): (.missing, "the server starts no session of \(account): \(reason)")
      }
    return Deviation(
      kind, account: account, object: "account", privilege: Deviation.credentialName, message: what)
  }
}
