import AccessPlanning

/// The steps that grant and revoke.
extension MariaDBPlanner {
  var privilegeSteps: [PhasedStep] {
    var excess: [MariaDBPrivilege] = []
    var missing: [MariaDBPrivilege] = []
    for difference in chosen where mayMend(difference) {
      switch difference {
      case .privilegeExcess(let privilege):
        if !comparison.needsOperator(privilege) { excess.append(privilege) }
      case .privilegeMissing(let privilege): missing.append(privilege)
      default: break
      }
    }
    let kept = Set(excess.filter(needsReset).map(\.grantee))
    let beyond = Set(excess.filter(isBeyondAdministrator).map(\.grantee)).intersection(kept)
    let resets = kept.sorted().flatMap { reset($0, excess) }
    excess.removeAll { kept.contains($0.grantee) && !isKeptByReset($0) && !isOrphan($0) }
    // What is left of an account that does not exist goes as a whole. With it, the server creates no account.
    let dropped = Set(excess.map(\.grantee).filter(comparison.hasNoAccount)).union(absentWithRights)
    let drops = dropped.sorted().map { drop($0, excess) }
    excess.removeAll { dropped.contains($0.grantee) }
    let emptied = kept.union(dropped)
    missing.removeAll { emptied.contains($0.grantee) }
    missing += declared.privileges.filter { emptied.contains($0.grantee) }.sorted { $0.sortKey < $1.sortKey }
    // What a reset account had before is no more than that, also while its view or credential waits.
    let restored = missing.filter { kept.contains($0.grantee) && actual.privileges.contains($0) }
    missing.removeAll(where: Set(restored).contains)
    return resets + drops + revocations(excess)
      + grants(restored, emptied: emptied, beyond: beyond, isRestoring: true)
      + grants(missing, emptied: emptied, beyond: beyond)
  }

  // MARK: Revoking

  /// Whether an excess of our own account is one that the administrator cannot revoke by itself, because it does not hold
  /// it. It may empty the account, and the plan then grants again what is declared.
  private func needsReset(_ privilege: MariaDBPrivilege) -> Bool {
    privilege.grantee != administrator && comparison.isOurs(privilege.grantee)
      && !comparison.hasNoAccount(privilege.grantee) && !isKeptByReset(privilege)
      && (authority(over: privilege) == .superuser || isKeptBySessions(privilege.place))
  }

  /// `REVOKE ALL PRIVILEGES` leaves the right to become another account, and in MySQL the roles.
  private func isKeptByReset(_ privilege: MariaDBPrivilege) -> Bool {
    catalog.keptByReset.contains(privilege.name)
  }

  /// MySQL lets only an account with SYSTEM_USER change one that has it.
  func isBeyondAdministrator(_ privilege: MariaDBPrivilege) -> Bool {
    privilege.name == "SYSTEM_USER"
  }

  /// Empties an account whose sessions have ended. It stays locked until it has its rights again.
  private func reset(_ grantee: MariaDBGrantee, _ excess: [MariaDBPrivilege]) -> [PhasedStep] {
    let reasons = excess.filter { $0.grantee == grantee && !isKeptByReset($0) }
    let authority: PlannedStep.Authority =
      reasons.contains(where: isBeyondAdministrator) ? .superuser : .administrator
    return taking(
      whileLocked: ["REVOKE ALL PRIVILEGES, GRANT OPTION FROM \(grantee.sql)"], from: grantee,
      reason(reasons, MariaDBDifference.privilegeExcess), authority)
  }

  private func revocations(_ excess: [MariaDBPrivilege]) -> [PhasedStep] {
    grouped(excess) { declared.privileges.contains($0) }.flatMap { key, privileges -> [PhasedStep] in
      let reason = reason(privileges, MariaDBDifference.privilegeExcess)
      let phase: Phase = key.isCovered ? .trimming : .closing
      if let setting = withoutMandatoryRole(key) {
        return [PhasedStep(phase: phase, step: taking(setting, from: key.grantee, reason, .superuser))]
      }
      if privileges.allSatisfy(isOrphan) {
        return [PhasedStep(phase: phase, step: taking(privileges, of: key, reason))]
      }
      let sql = spelled("REVOKE \(list(privileges)) FROM \(key.grantee.sql)", on: key.object)
      guard isKeptBySessions(key.object), key.grantee != administrator else {
        return [PhasedStep(phase: phase, step: PlannedStep(sql, reason: reason, authority: key.authority))]
      }
      return comparison.isOurs(key.grantee)
        ? taking(whileLocked: [sql], from: key.grantee, reason, key.authority)
        : [PhasedStep(phase: phase, step: taking(sql, from: key.grantee, reason, key.authority))]
    }
  }

  /// Whether the right on a column has no row of its table, so that it has no effect and no REVOKE finds it.
  private func isOrphan(_ privilege: MariaDBPrivilege) -> Bool {
    actual.orphans.contains(privilege)
  }

  /// A GRANT on the table makes the row without which no REVOKE finds those of columns. The right that it grants means nothing
  /// to MariaDB, and to MySQL something for foreign keys alone.
  private func taking(_ privileges: [MariaDBPrivilege], of key: Group, _ reason: String) -> PlannedStep {
    let helper = MariaDBPrivilege("REFERENCES", on: key.object, to: key.grantee)
    return PlannedStep(
      together: [
        "GRANT \(list([helper])) TO \(key.grantee.sql)",
        "REVOKE \(list([helper] + privileges)) FROM \(key.grantee.sql)",
      ], reason: reason, authority: key.authority)
  }

  /// The server reads the word PACKAGE in one mode alone.
  private func spelled(_ sql: String, on object: MariaDBPlace) -> String {
    guard case .routine(_, let kind, _) = object, kind.hasPrefix("PACKAGE") else { return sql }
    return "SET STATEMENT sql_mode = 'ORACLE' FOR EXECUTE IMMEDIATE \(MariaDBSQL.literal(sql))"
  }

  /// The accounts that are to be created and of which rights are left.
  private var absentWithRights: [MariaDBGrantee] {
    chosen.compactMap { difference in
      guard case .accountMissing(let grantee) = difference,
        actual.privileges.contains(where: { $0.grantee == grantee })
      else { return nil }
      return grantee
    }
  }

  /// An installation gives everyone a database `test`, by a row without an account. No REVOKE accepts it, and a cluster
  /// does not replicate a DELETE from the server's own tables. `DROP` removes such rows on every node.
  private func drop(_ grantee: MariaDBGrantee, _ excess: [MariaDBPrivilege]) -> PhasedStep {
    let reasons = excess.filter { $0.grantee == grantee }
    let authority: PlannedStep.Authority =
      grantee.name == administrator.name ? .superuser : .administrator
    return PhasedStep(
      phase: .closing,
      step: taking(
        "DROP \(grantee.isBare ? "ROLE" : "USER") IF EXISTS \(grantee.sql)", from: grantee,
        reasons.isEmpty
          ? "rights are left of \(grantee.displayName), which does not exist: the server creates no account beside them"
          : reason(reasons, MariaDBDifference.privilegeExcess), authority))
  }

  /// No REVOKE takes a mandatory role of MySQL away.
  private func withoutMandatoryRole(_ key: Group) -> String? {
    guard catalog.queries.mandatoryRoles != nil, key.grantee == .everyone, case .role = key.object else {
      return nil
    }
    let others = comparison.rolesForEveryone(besides: comparison.lastingRolesToOurs)
      .map(\.sql).joined(separator: ",")
    return "SET PERSIST mandatory_roles = \(MariaDBSQL.literal(others))"
  }

  // MARK: Granting

  /// `emptied` are the accounts that a reset has emptied; those of them that are `beyond` the administrator get their rights
  /// back from the superuser, who empties them.
  private func grants(
    _ missing: [MariaDBPrivilege], emptied: Set<MariaDBGrantee>, beyond: Set<MariaDBGrantee>,
    isRestoring: Bool = false
  ) -> [PhasedStep] {
    grouped(missing) { actual.privileges.contains($0) && !emptied.contains($0.grantee) }.map {
      key, privileges in
      // The views need the rights of their definer, which no account can use in another way.
      let phase: Phase =
        key.isCovered ? .replacing : key.grantee == .viewDefiner ? .views : .granting
      var options: [MariaDBPrivilege] = []
      var plain: [MariaDBPrivilege] = []
      for privilege in privileges {
        if privilege.name == "GRANT OPTION" { options.append(privilege) } else { plain.append(privilege) }
      }
      let what = plain.isEmpty ? "USAGE ON \(key.object.sql)" : list(plain)
      return PhasedStep(
        phase: phase,
        step: PlannedStep(
          "GRANT \(what) TO \(key.grantee.sql)\(options.isEmpty ? "" : " WITH GRANT OPTION")",
          reason: reason(privileges, MariaDBDifference.privilegeMissing),
          authority: key.grantee == administrator || beyond.contains(key.grantee)
            ? .superuser : .administrator
        ).widening(isRestoring ? nil : key.grantee.user))
    }
  }

  // MARK: Grouping

  private struct Group: Hashable {
    let grantee: MariaDBGrantee
    let object: MariaDBPlace
    let authority: PlannedStep.Authority
    /// Whether the other side of the change covers it: a right on a column by one on its table.
    let isCovered: Bool
  }

  /// The privileges of one grantee on one object share a statement.
  private func grouped(
    _ privileges: [MariaDBPrivilege], isCovering: (_ onTable: MariaDBPrivilege) -> Bool
  ) -> [(key: Group, privileges: [MariaDBPrivilege])] {
    var order: [Group] = []
    var groups: [Group: [MariaDBPrivilege]] = [:]
    for privilege in privileges {
      let isCovered = privilege.onTable.map(isCovering) ?? false
      let key = Group(
        grantee: privilege.grantee, object: privilege.place.object, authority: authority(over: privilege),
        isCovered: isCovered)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(privilege)
    }
    return order.map { ($0, groups[$0] ?? []) }
  }

  /// `SELECT (email, id), INSERT ON table`.
  private func list(_ privileges: [MariaDBPrivilege]) -> String {
    guard let object = privileges.first?.place.object else { return "" }
    switch object {
    case .proxy: return "PROXY ON \(object.sql)"
    case .role: return object.sql
    case .global, .database, .table, .column, .routine: break
    }
    var columns: [(name: String, columns: [String])] = []
    for privilege in privileges {
      let column = privilege.place.column.map { [MariaDBSQL.identifier($0)] } ?? []
      if let last = columns.indices.last, columns[last].name == privilege.name, !column.isEmpty,
        !columns[last].columns.isEmpty
      {
        columns[last].columns += column
      } else {
        columns.append((privilege.name, column))
      }
    }
    let names = columns.map {
      $0.columns.isEmpty ? $0.name : "\($0.name) (\($0.columns.joined(separator: ", ")))"
    }
    return "\(names.joined(separator: ", ")) ON \(object.sql)"
  }

  /// The administrator grants and revokes what it holds itself with the grant option.
  private func authority(over privilege: MariaDBPrivilege) -> PlannedStep.Authority {
    if privilege.grantee == administrator { return .superuser }
    switch privilege.place {
    case .global, .routine, .proxy, .role: return .superuser
    case .database(let pattern):
      let isOwn = pattern.standsAlone(for: actual.database)
      return isOwn && catalog.databaseRights.contains(privilege.name) ? .administrator : .superuser
    case .table(let home, _), .column(let home, _, _):
      return home.isExactly(actual.database) && catalog.databaseRights.contains(privilege.name)
        ? .administrator : .superuser
    }
  }

  private func reason(
    _ privileges: [MariaDBPrivilege], _ difference: (MariaDBPrivilege) -> MariaDBDifference
  ) -> String {
    privileges.map { difference($0).deviation(in: actual.database).message }.joined(separator: "; ")
  }
}
