import AccessPlanning

/// What an open login of a person lacks.
///
/// `access open` gives the rights together with the login. The note beside the role repeats them, and every role that makes
/// roles can write such a note: a plan that followed it would give rights of the manifest's administrator to a login that
/// no operator opened.
extension PostgresPlanner {
  /// The person who would have a right more, or other rows, if the difference were mended; nil for every other difference.
  func personLacking(_ difference: PostgresDifference) -> String? {
    let roles: [String] =
      switch difference {
      case .privilegeMissing(let privilege): [privilege.grantee.displayName]
      case .policyMissing(let policy), .policyDifferent(let policy, _): policy.roles
      case .tableMissing, .roleMissing, .attribute, .passwordExpires, .connectionLimit, .setting,
        .databaseSetting, .settingOfEveryone, .settingOfDatabase, .superuser, .attachment, .membershipExcess,
        .membershipMissing, .owner, .rowSecurity, .policyExcess, .privilegeExcess, .credential, .finding,
        .keyMissing, .ownerRight, .sampledColumn, .inertDefault, .retired:
        []
      }
    return roles.first(where: declared.persons.contains)
  }

  /// A policy that says something else is removed, and no other one takes its place.
  func steps(forPersonLacking difference: PostgresDifference) -> [PlannedStep] {
    guard case .policyDifferent(_, let actual) = difference else { return [] }
    return [onTable(actual.table, actual.removal, difference.deviation.message)]
  }

  static func remedy(forPerson person: String) -> String {
    "no plan gives a right to a person: run `bulkhead access close \(person)`, and open it again where it is wanted"
  }
}
