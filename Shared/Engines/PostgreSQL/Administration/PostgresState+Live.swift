/// What a live manifest takes as given: the schema, its owners and the settings, because others made them.
///
/// Only the rights of the manifest's accounts on the managed tables, and the accounts themselves, are declared.
extension PostgresState {
  /// Returns the declared state with what the database has in place of what a live manifest does not declare, and with
  /// what keeps the rows of others theirs. Pure.
  func taking(asGiven actual: PostgresState) -> PostgresState {
    let limited = limitedTables(in: actual)
    var state = self
    if isLive {
      state.takeOwners(of: actual)
      state.takeAdministrator(of: actual)
      state.takeRowSecurity(of: actual, limited: limited)
      state.takeSessionSettings(of: actual)
      state.settingsOfEveryone.formUnion(
        actual.settingsOfEveryone.filter { setting in
          !settingsOfEveryone.contains { $0.isOfSameParameter(as: setting) }
        })
    }
    state.keepRows(ofOthersIn: actual, on: limited)
    return state
  }

  /// The owner of an object grants the rights on it. What PUBLIC may do in the database and its schemas, and goes on doing
  /// after the plan, an account may do without a grant of its own.
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

  /// Whether PUBLIC has the right, and keeps it, and the account has none of its own. What the same plan takes from PUBLIC
  /// would shut the account out.
  private func isEveryones(_ privilege: PostgresPrivilege, in actual: PostgresState) -> Bool {
    guard privilege.object.kind == .database || privilege.object.kind == .schema,
      !actual.privileges.contains(privilege)
    else { return false }
    let everyones = PostgresPrivilege(
      privilege.privilege, on: privilege.object, to: .everyone, by: privilege.grantor)
    guard actual.privileges.contains(everyones) else { return false }
    return privileges.contains(everyones)
      || scope.standing(of: .privilegeExcess(everyones), on: self) != .ours
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
}
