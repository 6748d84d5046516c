import AccessManifest
import AccessPlanning

/// What no statement of a plan can close, and what an operator does about it.
extension MariaDBComparison {
  /// Whether no REVOKE takes the grantee's rights.
  func hasNoAccount(_ grantee: MariaDBGrantee) -> Bool {
    grantee != .everyone && actual.accounts[grantee] == nil
  }

  /// Whether rows of MariaDB belong to a grantee that no statement names: each takes an empty host for every host, and
  /// would change another account. The server uses such rows for logins from every host.
  func hasNoStatement(_ grantee: MariaDBGrantee) -> Bool {
    guard !actual.catalog.rolesHaveHosts, grantee != .everyone, !grantee.isBare else { return false }
    return grantee.host.isEmpty || actual.accounts[grantee]?.isRole == true
  }

  /// Whether only an operator can take the right away.
  func needsOperator(_ privilege: MariaDBPrivilege) -> Bool {
    isOutOfReach(privilege) || isBoundToOthers(privilege)
  }

  /// Whether no statement takes the right and nothing else.
  func isOutOfReach(_ privilege: MariaDBPrivilege) -> Bool {
    hasNoStatement(privilege.grantee) || privilege.place.isInert || isShared(privilege)
      || actual.spellings[privilege] != nil && !hasNoAccount(privilege.grantee)
  }

  /// Whether the one statement that could take a right without an account would take rights of others with it.
  private func isBoundToOthers(_ privilege: MariaDBPrivilege) -> Bool {
    let grantee = privilege.grantee
    guard hasNoAccount(grantee), !isOurs(grantee), !isLeftover(grantee) else { return false }
    return !rightsElsewhere(of: grantee).isEmpty
  }

  /// Whether another application has the right by a pattern that covers its own databases too.
  private func isShared(_ privilege: MariaDBPrivilege) -> Bool {
    !isOurs(privilege.grantee) && !isLeftover(privilege.grantee)
      && !othersCovered(by: privilege.place).isEmpty
  }

  /// The databases of others that a pattern covers together with ours.
  func othersCovered(by place: MariaDBPlace) -> [String] {
    guard case .database(let pattern) = place, place.isIn(actual.database),
      !pattern.standsAlone(for: actual.database)
    else { return [] }
    return actual.otherDatabases.sorted().map(\.wrappedValue).filter(pattern.covers)
  }

  // MARK: Remedies

  /// What an operator does about a difference that no step mends; nil where its own words say it.
  func remedy(for difference: MariaDBDifference) -> String? {
    switch difference {
    case .privilegeExcess(let privilege): needsOperator(privilege) ? remedy(for: privilege) : nil
    case .shadow(let grantee), .anonymous(let grantee, _), .superuser(let grantee, _, _):
      hasNoStatement(grantee) ? Self.removal(of: [RightsCatalog.row(of: grantee)]) : nil
    case .unguarded, .tableMissing, .tableExcess, .accountMissing, .locked, .usable, .limits, .defaultRole,
      .obstacle,
      .roleOfOurName, .serverTables, .mandatoryRoles, .blocks, .setting, .viewBasis, .retired,
      .privilegeMissing, .viewMissing,
      .viewDifferent, .viewExcess, .foreignKey, .code, .codeElsewhere, .credential:
      nil
    }
  }

  private func remedy(for privilege: MariaDBPrivilege) -> String? {
    let grantee = privilege.grantee
    if isShared(privilege), !hasNoAccount(grantee), !hasNoStatement(grantee) {
      return sharingRemedy(for: privilege)
    }
    let places = actual.spellings[privilege] ?? [privilege.place]
    let rows = places.compactMap { actual.catalog.row(of: privilege, at: $0) }
    return rows.isEmpty ? nil : Self.removal(of: rows)
  }

  /// A statement that takes the pattern would take the other application's rights on its own databases.
  private func sharingRemedy(for privilege: MariaDBPrivilege) -> String {
    let covered = othersCovered(by: privilege.place)
    let shown = covered.prefix(Self.mostShownDatabases).joined(separator: ", ")
    let more =
      covered.count > Self.mostShownDatabases ? " and \(covered.count - Self.mostShownDatabases) more" : ""
    return
      "the pattern covers \(shown)\(more) too, so grant what is needed there by the name of each database, and "
      + "run as the superuser: REVOKE \(privilege.name) ON \(privilege.place.sql) FROM \(privilege.grantee.sql)"
  }

  private static let mostShownDatabases = 3

  private static func removal(of rows: [String]) -> String {
    "no other statement takes it, so run as the superuser, and in a cluster on each node: "
      + rows.map { "DELETE FROM \($0); " }.joined() + "FLUSH PRIVILEGES"
  }
}
