/// What a live manifest takes as given: the schema, its owners and the settings, because others made them.
///
/// Only the rights of the manifest's accounts on the managed tables, and the accounts themselves, are declared.
extension PostgresState {
  /// Returns the declared state with what the database has in place of what a live manifest does not declare. Pure.
  func taking(asGiven actual: PostgresState) -> PostgresState {
    guard isLive else { return self }
    var state = self
    state.takeOwners(of: actual)
    state.takeAdministrator(of: actual)
    state.takeRowSecurity(of: actual)
    state.takeSessionSettings(of: actual)
    state.settingsOfEveryone.formUnion(
      actual.settingsOfEveryone.filter { setting in
        !settingsOfEveryone.contains { $0.isOfSameParameter(as: setting) }
      })
    return state
  }

  /// The owner of an object grants the rights on it. What PUBLIC may do in the database and its schemas, an account may
  /// do without a grant of its own.
  private mutating func takeOwners(of actual: PostgresState) {
    for object in owners.keys { owners[object] = actual.owners[object] ?? owners[object] }
    let ofOthers = privileges.filter { privilege in
      actual.owners[privilege.object].map { $0 != privilege.grantor } ?? false
    }
    privileges.subtract(ofOthers)
    for privilege in ofOthers {
      privileges.insert(
        PostgresPrivilege(
          privilege.privilege, on: privilege.object, column: privilege.column, to: privilege.grantee,
          by: actual.owners[privilege.object] ?? privilege.grantor))
    }
    privileges.subtract(privileges.filter { isEveryones($0, in: actual) })
  }

  /// Whether PUBLIC has the right, and the account has none of its own.
  private func isEveryones(_ privilege: PostgresPrivilege, in actual: PostgresState) -> Bool {
    guard privilege.object.kind == .database || privilege.object.kind == .schema,
      !actual.privileges.contains(privilege)
    else { return false }
    return actual.privileges.contains(
      PostgresPrivilege(privilege.privilege, on: privilege.object, to: .everyone, by: privilege.grantor))
  }

  /// The administrator's own rights come from the database's makers. It can administer the accounts that it made.
  private mutating func takeAdministrator(of actual: PostgresState) {
    roles[administrator] = actual.roles[administrator]
    privileges.formUnion(actual.privileges.filter { $0.grantee == .role(administrator) })
    // The option to administer a role, which its creator has, counts as no membership (`isHandle`).
    let present = actual.memberships.filter { membership in
      if membership.role == administrator { return true }
      guard membership.member == administrator else { return false }
      let isHandle = membership.canAdminister && !membership.inherits && !membership.canSet
      // Who may administer a role may give itself the other options: taking those away closes nothing, and the
      // statement for it would take the administration away too.
      return roles[membership.role] == nil ? !isHandle : membership.canAdminister
    }
    let held = Set(actual.memberships.map(\.withoutGrantor))
    memberships = memberships.filter { actual.roles[$0.role] == nil || held.contains($0) }.union(present)
  }

  /// Settings that only shape a session's text and names, as frameworks set them on their roles.
  private mutating func takeSessionSettings(of actual: PostgresState) {
    for account in credentials.keys {
      for (name, value) in actual.roles[account]?.settings ?? [:]
      where Self.sessionSettings.contains(name.lowercased()) {
        roles[account]?.settings[name] = value
      }
    }
  }

  static let sessionSettings: Set<String> = [
    "search_path", "timezone", "application_name", "default_transaction_isolation", "client_encoding",
    "datestyle", "intervalstyle",
  ]

  /// Row security stays as it is where the manifest limits no rows. Elsewhere the policies of others stay too, and one
  /// that says what the manifest says counts under any name.
  private mutating func takeRowSecurity(of actual: PostgresState) {
    let scoped = Set(rowSecurity.filter(\.value.isEnabled).keys)
    let ended = endedRowSecurity(in: actual)
    for table in ended { rowSecurity[table] = RowSecurity(isEnabled: false, isForced: false) }
    for (table, found) in actual.rowSecurity where rowSecurity[table] != nil && !ended.contains(table) {
      let isScoped = scoped.contains(table)
      let isForced = isScoped && !found.isEnabled ? true : found.isForced
      rowSecurity[table] = RowSecurity(isEnabled: isScoped || found.isEnabled, isForced: isForced)
      if isScoped, !isForced { policies = policies.filter { !($0.table == table && $0.command == .all) } }
    }
    let accounts = Set(credentials.keys)
    let declaredPolicies = Dictionary(grouping: policies, by: \.table)
    for policy in actual.policies where !ended.contains(policy.table) {
      let isOurs =
        scoped.contains(policy.table)
        && policy.roles.contains { accounts.contains($0) || ($0 == "PUBLIC" && policy.isPermissive) }
      let twins = declaredPolicies[policy.table, default: []].filter { $0.isTwin(of: policy) }
      if isOurs && twins.isEmpty { continue }
      policies.subtract(twins)
      policies.insert(policy)
    }
  }
}

extension PostgresState {
  /// The tables whose row security this tool switched on for an account that no longer limits rows there: each of their
  /// policies is the tool's own, and none limits an account that stays. The manifest may have left such a table, too.
  fileprivate func endedRowSecurity(in actual: PostgresState) -> Set<String> {
    let own = Set(credentials.keys).union([administrator])
      .union(PostgresComparison(declared: self, actual: actual).retired)
    let policies = Dictionary(grouping: actual.policies, by: \.table)
    return Set(
      actual.rowSecurity.filter { table, found in
        guard found.isEnabled, rowSecurity[table]?.isEnabled != true, let here = policies[table] else {
          return false
        }
        return here.contains(.forAdministrator(administrator, table: table))
          && here.allSatisfy { $0.isOfOwnForm(for: own) }
      }.keys)
  }
}

extension PostgresPolicy {
  /// Whether this tool writes policies of this name, for one of these roles.
  func isOfOwnForm(for own: Set<String>) -> Bool {
    if keepsRowsOfOthers { return true }
    guard let role = roles.first, roles.count == 1, own.contains(role) else { return false }
    return name == "\(role) \(command.rawValue.lowercased())"
  }

  /// Whether it is the one that this tool writes for roles of others, where it switches row security on.
  var keepsRowsOfOthers: Bool {
    name == Self.nameForOthers && command == .all && isPermissive && using == "true" && check == "true"
  }

  /// Whether both say the same, under any name.
  func isTwin(of other: PostgresPolicy) -> Bool {
    table == other.table && isPermissive == other.isPermissive && roles == other.roles
      && command == other.command && using == other.using && check == other.check
  }
}
