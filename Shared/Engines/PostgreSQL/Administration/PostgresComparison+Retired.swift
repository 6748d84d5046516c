import AccessPlanning

/// What is left of accounts that the manifest no longer lists.
extension PostgresComparison {
  var administrator: String { declared.administrator }

  /// The accounts that the administrator made or adopted, and that the manifest no longer lists.
  ///
  /// Outside of the mode strict, where the administrator may have made roles for other purposes too, these are only
  /// persons whose time has passed, and the accounts whose passwords the tool made. In a database of others, the latter
  /// count only where `apply` is to drop them.
  var retired: [String] {
    let made = Set(actual.memberships.filter(isHandle).map(\.role)).filter { !declared.scope.lists($0) }
    guard !declared.scope.isStrict else { return made.sorted() }
    let persons = Set(actual.openings(administrator: administrator).map(\.person))
    let former = declared.isLive && !declared.dropsFormer ? [] : declared.former
    return made.filter { persons.contains($0) || former.contains($0) }.sorted()
  }

  /// The accounts that left a live manifest, and that this run leaves alone: the tool made their passwords.
  private var kept: [String] {
    guard declared.isLive else { return [] }
    let made = Set(actual.memberships.filter(isHandle).map(\.role))
    return made.intersection(declared.former).subtracting(retired).sorted()
  }

  /// That such an account is still there: its owner may use it for another purpose.
  var formerAccounts: [Deviation] {
    kept.map { account in
      let canLogin = actual.roles[account]?.canLogin == true
      return Deviation(
        .remark, account: account, object: "role", privilege: "LOGIN",
        message:
          "account \(account) has left the manifest, and \(canLogin ? "it can still log in" : "its role remains"): "
          + "`bulkhead access apply --drop-retired` closes and drops it")
    }
  }

  /// Whether the membership is the one by which the administrator can close a retired account.
  func isHandle(_ membership: PostgresMembership) -> Bool {
    membership.member == administrator && membership.canAdminister && !membership.inherits
      && !membership.canSet && declared.roles[membership.role] == nil && !isPredefined(membership.role)
  }

  var retirement: [PostgresDifference] {
    let openings = actual.openings(administrator: administrator)
    return retired.flatMap { name -> [PostgresDifference] in
      let access = openings.first { $0.person == name }
      let account = RetiredAccount(
        name: name, access: access, end: actual.roles[name]?.validUntilText ?? "",
        isOver: access.map { $0.until <= actual.now } ?? true,
        endsTooLate: access?.endsTooLate(now: actual.now) ?? false)
      let canLogin = actual.roles[name]?.canLogin == true
      if let databases = elsewhere(account) {
        return [.retired(account, .elsewhere(databases, canLogin: canLogin))]
      }
      let sessions = actual.sessions[name] ?? 0
      var found: [PostgresDifference] = canLogin ? [.retired(account, .login)] : []
      if sessions > 0 { found.append(.retired(account, .sessions(sessions))) }
      return found + [.retired(account, .role)]
    }
  }

  /// The other databases for which a retired account stays as it is; nil for one that is closed. A login of a person whose
  /// time has passed is closed everywhere.
  private func elsewhere(_ account: RetiredAccount) -> [String]? {
    let isOver = account.access != nil && (account.isOver || account.endsTooLate)
    return isOver ? nil : actual.elsewhere[account.name]
  }

  /// Whether the entry can never apply: default privileges concern what their owner creates, and this one may create
  /// nothing.
  func isInert(_ privilege: PostgresPrivilege) -> Bool {
    let owner = privilege.grantor
    guard privilege.object.isFuture, declared.credentials[owner] != nil || retired.contains(owner),
      actual.roles[owner]?.isSuperuser != true, !actual.owners.values.contains(owner)
    else { return false }
    return !actual.privileges.contains {
      ["CREATE", "TEMPORARY"].contains($0.privilege) && [.everyone, .role(owner)].contains($0.grantee)
    }
  }
}

/// What is ended of retired accounts before anything else.
enum RetiredPart {
  case logins, sessions
}

/// An account that is closed: one that has left the manifest, or a person's login whose time has passed.
package struct RetiredAccount: Sendable, Hashable {
  let name: String
  /// What `access open` gave; nil for an account of a service.
  var access: OpenedAccess?
  /// The end of a person's login, in words of the server.
  var end = ""
  /// Whether that time has passed. A login also ends with the account of the manifest that it is like.
  var isOver = true
  /// Whether the end of a person's login was moved beyond what an opening sets.
  var endsTooLate = false

  /// Why it is closed.
  var words: String {
    guard let access else { return "account \(name) is retired, because the manifest no longer lists it" }
    let what = "(\(access.rights.text): \(access.reason))"
    if endsTooLate {
      let when = end.isEmpty ? "has no end" : "would end at \(end)"
      return
        "the access of \(name) \(when), and the longest is \(OpenedAccess.longestSeconds / 86_400) days \(what)"
    }
    if access.isClosed { return "the access of \(name) was closed \(what)" }
    return isOver
      ? "the access of \(name) ended at \(end) \(what)"
      : "the manifest no longer lists the account of which \(name) has the rights until \(end) \(what)"
  }

  /// Why its role is dropped.
  var closedWords: String { access == nil ? "account \(name) is retired and closed" : words }
}

/// One part of a retired account.
package enum RetiredTrace: Sendable, Hashable {
  /// It has rights in these other databases of the server, whose applications would lose it. Only its rights
  /// here are taken.
  case elsewhere([String], canLogin: Bool)
  /// It can still log in.
  case login
  /// It has this many open sessions.
  case sessions(Int)
  /// The role itself, which has no effect any more.
  case role

  /// Reports the part.
  func deviation(of account: RetiredAccount) -> Deviation {
    let isPersons = account.access != nil
    let (kind, privilege, what): (Deviation.Kind, String, String) =
      switch self {
      case .elsewhere(let databases, let canLogin):
        (
          .remark, canLogin ? "LOGIN" : "ROLE",
          "and its role stays as it is, because it has rights in \(Self.text(of: databases)): where another "
            + "application uses it, list it in scope.others.roles"
        )
      case .login: (.excess, "LOGIN", isPersons ? "and its login remains" : "and it can still log in")
      case .sessions(let count):
        (.excess, "SESSIONS", "and it has \(count) open session\(count == 1 ? "" : "s")")
      case .role:
        (
          .remark, "ROLE",
          "and its role remains: `bulkhead access apply\(isPersons ? "" : " --drop-retired")` drops it"
        )
      }
    return Deviation(
      kind, account: account.name, object: "role", privilege: privilege,
      message: "\(account.words), \(what)")
  }

  private static func text(of databases: [String]) -> String {
    let more = databases.count - mostNamed
    return databases.prefix(mostNamed).joined(separator: ", ")
      + (more > 0 ? " and \(more) other database\(more == 1 ? "" : "s")" : "")
  }

  private static let mostNamed = 3
}
