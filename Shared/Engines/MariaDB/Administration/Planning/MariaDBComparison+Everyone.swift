import AccessPlanning

/// The rights of PUBLIC and of nameless accounts. Every account has them, those of other applications too, so only what
/// leads to ours is ours to revoke.
extension MariaDBComparison {
  /// Whether a right at this place leads to what is ours: the whole server, our database, one of our accounts, or a role
  /// with such a right.
  func isOurs(_ place: MariaDBPlace, _ roles: Set<MariaDBGrantee>) -> Bool {
    switch place {
    case .global: true
    case .proxy(let account): isOurProxy(account) || roles.contains(account)
    case .role(let role): declared.accounts[role] != nil || roles.contains(role)
    case .database, .table, .column, .routine: place.isIn(actual.database)
    }
  }

  /// Whether the right to become this account leads to ours. Its host is a pattern, and no name stands for every name.
  func isOurProxy(_ account: MariaDBGrantee) -> Bool {
    account.isAnonymous || hasOurName(account)
  }

  /// The other grantees with a right that leads to what is ours, or to the server's own tables, also through further roles.
  var rolesToOurs: Set<MariaDBGrantee> { roles { _ in true } }

  /// The same, after the plan has revoked what others hold on our database: a role that leads nowhere else then keeps its
  /// members.
  var lastingRolesToOurs: Set<MariaDBGrantee> { roles { !isRevoked($0) } }

  private func roles(leadingBy isCounted: (MariaDBPrivilege) -> Bool) -> Set<MariaDBGrantee> {
    let counted = actual.privileges.filter { declared.accounts[$0.grantee] == nil && isCounted($0) }
    var found: Set<MariaDBGrantee> = []
    while true {
      let leading = counted.filter { isOurs($0.place, found) || $0.place.isOnServer }
      let more = Set(leading.map(\.grantee))
      if more == found { return found }
      found = more
    }
  }

  /// Whether the plan takes the right itself from another account or role.
  private func isRevoked(_ privilege: MariaDBPrivilege) -> Bool {
    let grantee = privilege.grantee
    return isStrict && privilege.place.isIn(actual.database) && !isOurs(grantee) && !isExempt(grantee)
      && !grantee.isAnonymous && grantee != .everyone && !isOutOfReach(privilege)
  }

  /// The accounts that have a role, also through further roles.
  func members(of role: MariaDBGrantee) -> [MariaDBGrantee] {
    var found: Set = [role]
    while true {
      let more = actual.privileges.compactMap { privilege -> MariaDBGrantee? in
        guard case .role(let role) = privilege.place, found.contains(role) else { return nil }
        return privilege.grantee
      }
      guard !found.isSuperset(of: more) else { break }
      found.formUnion(more)
    }
    return found.filter { $0 != role && (!$0.isBare || $0 == .everyone) }.sorted()
  }

  /// What a nameless account, or a role of our names, holds in databases of others. `DROP` would take it away, and no other
  /// statement takes the rights of one that has no account.
  func rightsElsewhere(of grantee: MariaDBGrantee) -> [String] {
    let roles = lastingRolesToOurs
    return actual.privileges.filter {
      $0.grantee == grantee && (!isOurs($0.place, roles) || !othersCovered(by: $0.place).isEmpty)
    }
    .map { $0.text(in: actual.database) }.sorted()
  }

  /// The roles that everyone has and that are not among these roles to ours.
  func rolesForEveryone(besides roles: Set<MariaDBGrantee>) -> [MariaDBGrantee] {
    actual.privileges.compactMap { privilege -> MariaDBGrantee? in
      guard privilege.grantee == .everyone, case .role(let role) = privilege.place else { return nil }
      return isOurs(privilege.place, roles) ? nil : role
    }.sorted()
  }

  /// The mandatory roles that no plan takes away: MySQL then refuses our views, also where the roles hold nothing.
  var mandatoryRoles: [MariaDBDifference] {
    guard actual.catalog.queries.mandatoryRoles != nil, !declared.views.isEmpty else { return [] }
    let roles = rolesForEveryone(besides: isStrict ? lastingRolesToOurs : [])
    return roles.isEmpty ? [] : [.mandatoryRoles(roles)]
  }

  // MARK: Other databases

  /// PUBLIC, nameless accounts, and the roles that they have, also through further roles.
  private var everyone: Set<MariaDBGrantee> {
    let memberships = actual.privileges.compactMap {
      privilege -> (member: MariaDBGrantee, role: MariaDBGrantee)? in
      guard case .role(let role) = privilege.place else { return nil }
      return (member: privilege.grantee, role: role)
    }
    var found = Set(actual.privileges.filter { $0.grantee.isAnonymous }.map(\.grantee))
    found.insert(.everyone)
    while true {
      let more = found.union(memberships.filter { found.contains($0.member) }.map { $0.role })
      if more == found { return found }
      found = more
    }
  }

  /// Code of other databases with rights on ours: what an account of ours left there, and what everyone may call.
  var codeElsewhere: [MariaDBDifference] {
    guard !actual.codeElsewhere.isEmpty else { return [] }
    let (leading, callers) = (rolesToOurs, everyone)
    let calls = actual.privileges.filter { callers.contains($0.grantee) && $0.name == "EXECUTE" }
    return actual.codeElsewhere.sorted { $0.sortKey < $1.sortKey }.filter { code in
      isOfOurAccount(code) || leading.contains(code.definer) && calls.contains { $0.place.includes(code) }
    }.map { .codeElsewhere($0, isOurs: isOfOurAccount($0)) }
  }

  private func isOfOurAccount(_ code: MariaDBCodeElsewhere) -> Bool {
    isOurs(code.definer) || hasOurName(code.definer)
  }

  /// What everyone holds in databases of others, as notes: what is there may lead to ours in a way that the administrator
  /// does not see.
  var notesOfEveryone: [Deviation] {
    let holders = everyone
    let held = actual.privileges.filter {
      holders.contains($0.grantee) && !isOurs($0.grantee) && !isExempt($0.grantee) && !$0.place.isOnServer
        && $0.place.isInDatabase && !$0.place.isIn(actual.database)
    }
    return Dictionary(grouping: held, by: \.grantee).sorted { $0.key < $1.key }.map { grantee, privileges in
      let rights = privileges.map { $0.text(in: actual.database) }.sorted().joined(separator: ", ")
      return Deviation(
        .outside, account: grantee.displayName, object: "other databases", privilege: "DATABASE",
        message:
          "\(grantee.displayName) holds \(rights), and so every account does: a view, trigger or event "
          + "there may use its definer's rights on \(actual.database), and the administrator does not see the "
          + "views")
    }
  }
}

extension MariaDBState {
  /// The other databases in which an account has rights, without the server's own.
  func databasesElsewhere(of grantee: MariaDBGrantee) -> [String] {
    let places = privileges.filter { $0.grantee == grantee }.map(\.place)
    return Set(places.filter { !$0.isOnServer && !$0.isIn(database) }.compactMap(\.database)).sorted()
  }
}

extension MariaDBPlace {
  /// Whether it concerns the server's own tables: accounts, rights, logs, or what sessions do. Time zones and help are no
  /// secret.
  var isOnServer: Bool {
    switch self {
    case .table("mysql", let name), .column("mysql", let name, _):
      !(name.hasPrefix("time_zone") || name.hasPrefix("help_"))
    case .database, .table, .column, .routine: ["mysql", "performance_schema"].contains(where: isIn)
    case .global, .proxy, .role: false
    }
  }

  /// The database, or the pattern of those, that it is in.
  var database: String? {
    switch self {
    case .database(let pattern): pattern.text
    case .table(let home, _), .column(let home, _, _), .routine(let home, _, _): home
    case .global, .proxy, .role: nil
    }
  }

  fileprivate var isInDatabase: Bool {
    switch self {
    case .database, .table, .column, .routine: true
    case .global, .proxy, .role: false
    }
  }

  /// Whether a right to execute here is one to call this code. The server compares names of routines without case.
  fileprivate func includes(_ code: MariaDBCodeElsewhere) -> Bool {
    switch self {
    case .database: isIn(code.database)
    case .routine(let home, _, let name):
      home.isExactly(code.database) && name.lowercased() == code.code.name.lowercased()
    case .global, .table, .column, .proxy, .role: false
    }
  }
}
