extension PostgresState {
  /// The state after the migrations and before any grant. The administrator owns everything, no accounts exist, and
  /// PostgreSQL's own defaults for PUBLIC still apply.
  init(freshlyMigrated declared: PostgresState) {
    self.init(database: declared.database)
    let databaseObject = PostgresObject(.database, name: declared.database)
    let administrator = declared.owners[databaseObject] ?? ""
    owners = declared.owners
    owners[PostgresObject(.schema, name: PostgresSQL.schema)] = Self.databaseOwnerRole
    roles[administrator] = .administrator
    rowSecurity = declared.rowSecurity.mapValues { _ in RowSecurity(isEnabled: false, isForced: false) }
    for privilege in ["CONNECT", "TEMPORARY"] {
      privileges.insert(PostgresPrivilege(privilege, on: databaseObject, to: .everyone, by: administrator))
    }
    privileges.insert(
      PostgresPrivilege(
        "USAGE", on: PostgresObject(.schema, name: PostgresSQL.schema), to: .everyone,
        by: Self.databaseOwnerRole))
    privileges.insert(
      PostgresPrivilege("EXECUTE", on: PostgresObject(.futureRoutines), to: .everyone, by: administrator))
  }

  /// Returns the state with one role only, for a comparison of that role.
  func roles(of name: String) -> PostgresState {
    var state = PostgresState(database: database)
    state.roles = roles.filter { $0.key == name }
    return state
  }
}

extension PostgresDifference {
  /// Whether it concerns a role itself: its existence, attributes or settings.
  var isOfRole: Bool {
    switch self {
    case .roleMissing, .attribute, .passwordExpires, .connectionLimit, .setting, .databaseSetting: true
    case .tableMissing, .settingOfEveryone, .superuser, .attachment, .membershipExcess, .membershipMissing,
      .owner, .rowSecurity, .policyExcess,
      .policyMissing,
      .policyDifferent, .privilegeExcess, .privilegeMissing, .credential:
      false
    }
  }
}
