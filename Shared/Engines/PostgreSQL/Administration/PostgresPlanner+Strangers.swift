import AccessPlanning

/// Roles that a manifest names by mistake.
///
/// The name of an account may be that of a database administrator or of another team's replica. Adopting it would take
/// its attributes, its limits and its password from it. An ordinary role that another person made is adopted.
extension PostgresPlanner {
  /// The roles that are accounts of the manifest, that the administrator did not make, and that no service has: superusers,
  /// and those that replicate, pass by row security, or make roles.
  static func mightyStrangers(declared: PostgresState, actual: PostgresState) -> Set<String> {
    let administered = Set(
      actual.memberships.filter { $0.member == declared.administrator && $0.canAdminister }.map(\.role))
    return Set(
      declared.credentials.keys.filter { name in
        guard !administered.contains(name), let role = actual.roles[name] else { return false }
        return role.isSuperuser
          || role.attributes.contains {
            $0.isSet && ["REPLICATION", "BYPASSRLS", "CREATEROLE"].contains($0.word)
          }
      })
  }

  /// Whether a difference concerns such a role. It is named, and no step follows: another name, or a statement of the
  /// role's owner, mends it.
  func isOfMightyStranger(_ difference: PostgresDifference) -> Bool {
    guard !mightyStrangers.isEmpty else { return false }
    if case .membershipMissing(let membership) = difference {
      return mightyStrangers.contains(membership.role)
    }
    return mightyStrangers.contains(difference.deviation.account)
  }
}
