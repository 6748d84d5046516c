import AccessPlanning

/// Compares the declared state with the actual one. Pure: the same two states give the same differences, in an order
/// independent of the catalog's.
package struct PostgresComparison: Sendable {
  let declared: PostgresState
  let actual: PostgresState
  /// The entries of access control lists that are not declared.
  let excessPrivileges: Set<PostgresPrivilege>

  /// Compares two states of one database.
  package init(declared: PostgresState, actual: PostgresState) {
    self.declared = declared
    self.actual = actual
    excessPrivileges = actual.privileges.subtracting(declared.privileges)
  }

  /// Every difference; empty when the database matches the manifest.
  package var differences: [PostgresDifference] {
    missingTables + roles + settingsOfEveryone + superusers + memberships + owners + rowSecurity + attachments
      + policies + privileges + tables + findings + credentials + retirement
  }

  /// The differences in the form that reports use, without those that the manifest's scope accepts. What belongs to
  /// others becomes a note.
  package var deviations: [Deviation] {
    let scope = scope
    let found = differences.compactMap { difference -> Deviation? in
      if isResidue(difference) { return difference.deviation.asResidue }
      return switch scope.standing(of: difference, on: declared) {
      case .accepted: nil
      case .outside: difference.deviation.asNote
      case .ours, .watched: difference.deviation
      }
    }
    return found + unreadRules + formerAccounts + othersWithoutRows
  }

  /// What is ours; a retired account still is.
  var scope: PostgresScope {
    declared.scope.including(
      retired, persons: actual.openings(administrator: administrator).map(\.person),
      groupsWithoutRights: declared.scope.isStrict ? [] : groupsWithoutRights, in: actual)
  }

  /// The roles with members that neither own anything here nor hold a right, also by way of another role.
  private var groupsWithoutRights: Set<String> {
    var withRights = actual.superusers.union(actual.owners.values)
    for case .role(let name) in actual.privileges.map(\.grantee) { withRights.insert(name) }
    withRights.formUnion(actual.policies.flatMap(\.roles))
    let parents = Dictionary(grouping: actual.memberships, by: \.member).mapValues { $0.map(\.role) }
    func reaches(_ role: String, _ seen: inout Set<String>) -> Bool {
      guard seen.insert(role).inserted else { return false }
      if withRights.contains(role) || isPredefined(role) { return true }
      if actual.roles[role]?.attributes.contains(where: { $0.isSet && $0.word != "LOGIN" }) == true {
        return true
      }
      return (parents[role] ?? []).contains { reaches($0, &seen) }
    }
    return Set(actual.memberships.map(\.role)).filter { role in
      var seen: Set<String> = []
      return !reaches(role, &seen)
    }
  }

  // MARK: Roles

  private var roles: [PostgresDifference] {
    declared.roles.sorted { $0.key < $1.key }.flatMap { name, role -> [PostgresDifference] in
      guard let present = actual.roles[name] else { return [.roleMissing(name, role)] }
      return attributes(of: name, role, present) + settings(of: name, role, present)
    }
  }

  private func attributes(
    of name: String, _ role: PostgresRole, _ present: PostgresRole
  ) -> [PostgresDifference] {
    var found: [PostgresDifference] = zip(role.attributes, present.attributes)
      .filter { $0.isSet != $1.isSet }
      .map { .attribute(role: name, word: $0.0.word, declared: $0.0.isSet) }
    if present.passwordExpires, !role.passwordExpires { found.append(.passwordExpires(role: name)) }
    if role.connectionLimit != present.connectionLimit {
      found.append(
        .connectionLimit(role: name, declared: role.connectionLimit, actual: present.connectionLimit))
    }
    return found
  }

  private func settings(of name: String, _ role: PostgresRole, _ present: PostgresRole)
    -> [PostgresDifference]
  {
    let names = Set(role.settings.keys).union(present.settings.keys).sorted()
    let onRole: [PostgresDifference] = names.compactMap { setting in
      let wanted = role.settings[setting]
      let found = present.settings[setting]
      if wanted == found || PostgresDuration.areEqual(wanted, found) { return nil }
      return .setting(role: name, name: setting, declared: wanted, actual: found)
    }
    let inDatabase = present.databaseSettings.sorted { $0.key < $1.key }.map {
      PostgresDifference.databaseSetting(role: name, name: $0.key, actual: $0.value)
    }
    return onRole + inDatabase
  }

  private var settingsOfEveryone: [PostgresDifference] {
    let declared = declared.settingsOfEveryone.sorted { $0.sortKey < $1.sortKey }
    let excess = actual.settingsOfEveryone.filter { setting in
      !declared.contains { $0.isOfSameParameter(as: setting) }
    }
    return excess.sorted { $0.sortKey < $1.sortKey }.map { .settingOfEveryone($0) }
      + declared.compactMap { setting in
        let found = actual.settingsOfEveryone.first { $0.isOfSameParameter(as: setting) }?.value
        return found == setting.value ? nil : .settingOfDatabase(setting, actual: found)
      }
  }

  /// The superusers that the manifest does not list; a role of the manifest that is a superuser differs in its
  /// attributes.
  private var superusers: [PostgresDifference] {
    actual.superusers.filter { declared.roles[$0] == nil }.sorted().map { .superuser($0) }
  }

  // MARK: Memberships

  /// A membership counts when it includes a role of the manifest, or when it gives access to every table. The initial
  /// superuser is no superuser of others, and its members may become it.
  private var memberships: [PostgresDifference] {
    let ours = Set(declared.roles.keys).union(retired)
    let relevant = actual.memberships.filter { membership in
      guard !isHandle(membership) else { return false }
      return ours.contains(membership.role) || ours.contains(membership.member)
        || membership.role == actual.initialSuperuser
        || (isPredefined(membership.role) && !isPredefined(membership.member))
    }
    let wanted = Set(declared.memberships.map(\.withoutGrantor))
    let excess = relevant.filter { !wanted.contains($0.withoutGrantor) }.sorted { $0.sortKey < $1.sortKey }
    let present = Set(relevant.map(\.withoutGrantor))
    let missing = declared.memberships.filter { membership in
      actual.roles[membership.role] != nil && !present.contains(membership.withoutGrantor)
    }
    return excess.map { .membershipExcess($0) }
      + missing.sorted { $0.sortKey < $1.sortKey }.map { .membershipMissing($0) }
  }

  /// Whether it is one of the engine's own roles, whose members reach the fleet's tables, its sessions or the server itself
  /// without any grant. The reader leaves those out, so another role with such a name is not among them.
  func isPredefined(_ role: String) -> Bool { role.hasPrefix("pg_") && actual.roles[role] == nil }

  // MARK: Objects

  private var missingTables: [PostgresDifference] {
    declared.owners.keys.filter { $0.kind == .table && actual.owners[$0] == nil }.sorted()
      .map { .tableMissing($0.name) }
  }

  /// Compares the declared owners. Also, a service's account must own no object, because an owner may do everything.
  private var owners: [PostgresDifference] {
    let services = Set(declared.credentials.keys).union(retired)
    return actual.owners.sorted { $0.key < $1.key }.compactMap { object, owner in
      if let wanted = declared.owners[object], wanted != owner {
        return .owner(object, declared: wanted, actual: owner)
      }
      return services.contains(owner) ? .owner(object, declared: administrator, actual: owner) : nil
    }
  }

  private var rowSecurity: [PostgresDifference] {
    declared.rowSecurity.sorted { $0.key < $1.key }.compactMap { table, wanted in
      guard let found = actual.rowSecurity[table], found != wanted else { return nil }
      return .rowSecurity(table: table, declared: wanted, actual: found)
    }
  }

  private var attachments: [PostgresDifference] {
    declared.isLive
      ? []
      : actual.attachments.filter { declared.owners[.table($0.table)] != nil }
        .sorted { $0.sortKey < $1.sortKey }.map { .attachment($0) }
  }

  private var policies: [PostgresDifference] {
    let wanted = Dictionary(declared.policies.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let found = Dictionary(actual.policies.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let keys = Set(wanted.keys).union(found.keys).sorted { ($0.table, $0.name) < ($1.table, $1.name) }
    return keys.compactMap { key in
      switch (wanted[key], found[key]) {
      case (let declared?, let actual?):
        declared == actual ? nil : .policyDifferent(declared: declared, actual: actual)
      case (let declared?, nil): .policyMissing(declared)
      case (nil, let actual?): .policyExcess(actual)
      case (nil, nil): nil
      }
    }
  }

  private var privileges: [PostgresDifference] {
    let excess = excessPrivileges.sorted { $0.sortKey < $1.sortKey }
    // Without an excess, as many entries are the same ones.
    let isSame = excess.isEmpty && actual.privileges.count == declared.privileges.count
    let missing =
      isSame ? [] : declared.privileges.subtracting(actual.privileges).sorted { $0.sortKey < $1.sortKey }
    return excess.map { isInert($0) ? .inertDefault($0) : .privilegeExcess($0) }
      + missing.map { .privilegeMissing($0) }
  }

  // MARK: Credentials

  private var credentials: [PostgresDifference] {
    actual.credentials.sorted { $0.key < $1.key }.compactMap { account, state in
      guard declared.credentials[account] != nil, state != .accepted else { return nil }
      return .credential(account: account, state)
    }
  }
}

extension PostgresMembership {
  /// The membership without its grantor.
  var withoutGrantor: PostgresMembership {
    PostgresMembership(
      role: role, member: member, grantor: "", canAdminister: canAdminister, inherits: inherits,
      canSet: canSet)
  }

  var sortKey: (String, String, String) { (role, member, grantor) }
}

/// Compares settings that are durations, which the catalog stores as they were written.
enum PostgresDuration {
  static func areEqual(_ left: String?, _ right: String?) -> Bool {
    guard let left, let right, let first = milliseconds(left), let second = milliseconds(right) else {
      return false
    }
    return first == second
  }

  /// A number without a unit is in milliseconds.
  static func milliseconds(_ text: String) -> Int? {
    let compact = text.filter { $0 != " " }
    let digits = compact.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits), let unit = units[String(compact.dropFirst(digits.count))] else {
      return nil
    }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? nil : product
  }

  private static let units = ["": 1, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000]
}
