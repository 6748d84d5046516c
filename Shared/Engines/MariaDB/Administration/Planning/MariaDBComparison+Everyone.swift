import AccessPlanning

/// The rights of PUBLIC and of nameless accounts. Every account has them, those of other applications too, so only what
/// leads to ours is ours to revoke.
extension MariaDBComparison {
  /// Whether a right at this place leads to what is ours: the whole server, our database, one of our accounts, or a role
  /// with such a right.
  func isOurs(_ place: MariaDBPlace, _ roles: Set<MariaDBGrantee>) -> Bool {
    switch place {
    case .global: true
    case .proxy(let account): declared.accounts[account] != nil
    case .role(let role): declared.accounts[role] != nil || roles.contains(role)
    case .database, .table, .column, .routine: place.isIn(actual.database)
    }
  }

  /// The grantees with a right that leads to what is ours, also through further roles.
  var rolesToOurs: Set<MariaDBGrantee> {
    var found: Set<MariaDBGrantee> = []
    while true {
      let more = Set(actual.privileges.filter { isOurs($0.place, found) }.map(\.grantee))
      if more == found { return found }
      found = more
    }
  }

  /// What a nameless account holds in databases of others. `DROP USER` would take it away, and no other statement takes
  /// the rights of one that has no account.
  func rightsElsewhere(of grantee: MariaDBGrantee) -> [String] {
    let roles = rolesToOurs
    return actual.privileges.filter { $0.grantee == grantee && !isOurs($0.place, roles) }
      .map { $0.text(in: actual.database) }.sorted()
  }

  /// Whether only an operator can revoke the right: the one statement that can would take rights of others with it.
  func isBoundToOthers(_ privilege: MariaDBPrivilege) -> Bool {
    let grantee = privilege.grantee
    return grantee.isAnonymous && actual.accounts[grantee] == nil && !rightsElsewhere(of: grantee).isEmpty
  }

  /// The roles that everyone has and that lead to nothing of ours.
  var rolesOfOthersForEveryone: [MariaDBGrantee] {
    let roles = rolesToOurs
    return actual.privileges.compactMap { privilege -> MariaDBGrantee? in
      guard privilege.grantee == .everyone, case .role(let role) = privilege.place else { return nil }
      return isOurs(privilege.place, roles) ? nil : role
    }.sorted()
  }
}
