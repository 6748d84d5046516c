import AccessPlanning

extension PostgresPlanner {
  // MARK: Privileges

  /// What takes an entry away, and gives back what goes along with it though it is declared.
  ///
  /// An entry that was handed on by a grantee is taken away with the grant option it came from, by CASCADE; only the
  /// owner's own entries are revoked one by one.
  func revoke(_ privilege: PostgresPrivilege, _ reason: String) -> [PlannedStep] {
    let lost = declared.privileges.filter { isLost($0, whenRevoking: privilege) }
      .sorted { $0.sortKey < $1.sortKey }
    let back = lost.flatMap {
      grant($0, "goes along when \(privilege.readable) is revoked, though it is declared")
    }
    guard isOwners(privilege) || privilege.object.isFuture else { return back }
    return [step(on: privilege, "\(prefix(privilege))REVOKE \(body(privilege, "FROM")) CASCADE", reason)]
      + back
  }

  func grant(_ privilege: PostgresPrivilege, _ reason: String) -> [PlannedStep] {
    guard isOnKnownObject(privilege) else { return [] }
    return [step(on: privilege, "\(prefix(privilege))GRANT \(body(privilege, "TO"))", reason)]
  }

  /// A revoke takes the entry with every option and, on a table, the same privilege on each of its columns.
  private func isLost(_ wanted: PostgresPrivilege, whenRevoking privilege: PostgresPrivilege) -> Bool {
    guard isOwners(privilege), actual.privileges.contains(wanted) else { return false }
    return wanted.object == privilege.object && wanted.grantee == privilege.grantee
      && wanted.privilege == privilege.privilege
      && (privilege.column == nil || privilege.column == wanted.column)
  }

  private func isOwners(_ privilege: PostgresPrivilege) -> Bool {
    privilege.grantor == actual.owners[privilege.object] ?? privilege.grantor
  }

  /// A table that the migrations have not made cannot be granted on; it is a deviation of its own.
  private func isOnKnownObject(_ privilege: PostgresPrivilege) -> Bool {
    privilege.object.kind != .table || actual.owners[privilege.object] != nil
  }

  private func body(_ privilege: PostgresPrivilege, _ preposition: String) -> String {
    "\(privilege.words) ON \(privilege.object.sqlTarget) \(preposition) \(privilege.grantee.sql)"
  }

  /// Default privileges are altered for the role that will make the objects; in the global form, because a revoke
  /// for one schema does not reach what is granted globally.
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
    owner == administrator || owner == PostgresState.databaseOwnerRole ? .administrator : .superuser
  }
}
