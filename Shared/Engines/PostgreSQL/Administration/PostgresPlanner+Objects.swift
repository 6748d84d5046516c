import AccessPlanning

extension PostgresPlanner {
  // MARK: Privileges

  /// Revokes an entry, and grants again the declared entries that the revoke also removes.
  ///
  /// CASCADE also removes entries that a grantee granted on. So the plan revokes only the owner's own entries, one by
  /// one.
  func revoke(_ privilege: PostgresPrivilege, _ reason: String) -> [PlannedStep] {
    let lost = (declaredOnTouched[privilege.object] ?? []).filter { isLost($0, whenRevoking: privilege) }
      .sorted { $0.sortKey < $1.sortKey }
    let back = lost.flatMap {
      grant($0, "revoking \(privilege.readable) also removes it, although the manifest declares it")
    }
    guard isOwners(privilege) || privilege.object.isFuture else { return back }
    return keeping(privilege)
      + [step(on: privilege, "\(prefix(privilege))REVOKE \(body(privilege, "FROM")) CASCADE", reason)] + back
  }

  /// What others have through the grantee's option, and keep by a grant of the owner's.
  private func keeping(_ privilege: PostgresPrivilege) -> [PlannedStep] {
    guard privilege.isGrantable, case .role(let option) = privilege.grantee else { return [] }
    return actual.privileges.filter { other in
      other.grantor == option && other.object == privilege.object && other.privilege == privilege.privilege
        && (privilege.column == nil || privilege.column == other.column)
        && scope.standing(of: .privilegeExcess(other), on: declared) != .ours
        && !declared.privileges.contains(other)
    }.sorted { $0.sortKey < $1.sortKey }.flatMap { other in
      grant(
        PostgresPrivilege(
          other.privilege, on: other.object, column: other.column, to: other.grantee, by: privilege.grantor),
        "\(other.grantee.displayName) has it through \(option), and keeps it")
    }
  }

  func grant(_ privilege: PostgresPrivilege, _ reason: String) -> [PlannedStep] {
    guard isOnKnownObject(privilege) else { return [] }
    return [step(on: privilege, "\(prefix(privilege))GRANT \(body(privilege, "TO"))", reason)]
  }

  /// A revoke removes the entry with every option and, on a table, the same privilege on each column.
  private func isLost(_ wanted: PostgresPrivilege, whenRevoking privilege: PostgresPrivilege) -> Bool {
    guard isOwners(privilege), actual.privileges.contains(wanted) else { return false }
    return wanted.object == privilege.object && wanted.grantee == privilege.grantee
      && wanted.privilege == privilege.privilege
      && (privilege.column == nil || privilege.column == wanted.column)
  }

  private func isOwners(_ privilege: PostgresPrivilege) -> Bool {
    privilege.grantor == actual.owners[privilege.object] ?? privilege.grantor
  }

  /// A grant on a table that the migrations have not created would fail; the missing table is a separate deviation.
  private func isOnKnownObject(_ privilege: PostgresPrivilege) -> Bool {
    ![.table, .view, .sequence].contains(privilege.object.kind) || actual.owners[privilege.object] != nil
  }

  private func body(_ privilege: PostgresPrivilege, _ preposition: String) -> String {
    "\(privilege.words) ON \(privilege.object.sqlTarget) \(preposition) \(privilege.grantee.sql)"
  }

  /// Default privileges belong to the role that will create the objects. The statement uses the global form, because a
  /// revoke for one schema does not remove a global grant.
  private func prefix(_ privilege: PostgresPrivilege) -> String {
    guard privilege.object.isFuture else { return "" }
    let place = privilege.object.schema.map { "IN SCHEMA \(PostgresSQL.identifier($0)) " } ?? ""
    return "ALTER DEFAULT PRIVILEGES FOR ROLE \(PostgresSQL.identifier(privilege.grantor)) \(place)"
  }

  private func step(on privilege: PostgresPrivilege, _ sql: String, _ reason: String) -> PlannedStep {
    let owner = actual.owners[privilege.object] ?? privilege.grantor
    return PlannedStep(sql, reason: reason, authority: authority(asOwner: owner))
  }

  // MARK: Tables

  func create(_ policy: PostgresPolicy, _ reason: String) -> [PlannedStep] {
    guard actual.owners[.table(policy.table)] != nil else { return [] }
    return [onTable(policy.table, policy.creation, reason)]
  }

  /// The policy for roles of others is never absent: only its roles change.
  func change(_ policy: PostgresPolicy, from actual: PostgresPolicy, _ reason: String) -> [PlannedStep] {
    if policy.keepsRowsOfOthers, actual.keepsRowsOfOthers {
      return [onTable(actual.table, policy.changeOfRoles, reason)]
    }
    return [onTable(actual.table, actual.removal, reason)] + create(policy, reason)
  }

  func rowSecurity(of table: String, _ declared: RowSecurity, _ reason: String) -> [PlannedStep] {
    let name = PostgresObject.table(table).sqlTarget
    return [
      onTable(table, "ALTER \(name) \(declared.isEnabled ? "ENABLE" : "DISABLE") ROW LEVEL SECURITY", reason),
      onTable(table, "ALTER \(name) \(declared.isForced ? "FORCE" : "NO FORCE") ROW LEVEL SECURITY", reason),
    ]
  }

  func onTable(_ table: String, _ sql: String, _ reason: String) -> PlannedStep {
    PlannedStep(
      sql, reason: reason, authority: authority(asOwner: actual.owners[.table(table)] ?? administrator))
  }

  func owner(_ name: String) -> String { PostgresSQL.identifier(name) }

  func authority(asOwner owner: String) -> PlannedStep.Authority {
    owner == administrator || owner == PostgresState.databaseOwnerRole || isGranted(owner)
      ? .administrator : .superuser
  }

  /// Whether the administrator acts as the owner of given tables, because it inherits the owner's rights.
  private func isGranted(_ owner: String) -> Bool {
    declared.isLive
      && actual.memberships.contains { $0.role == owner && $0.member == administrator && $0.inherits }
  }
}
