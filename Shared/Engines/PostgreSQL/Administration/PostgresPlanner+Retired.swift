import AccessPlanning

/// The end of an account that the manifest no longer lists: closed, its sessions ended, and dropped when that is wanted.
extension PostgresPlanner {
  func steps(forRetired retired: RetiredAccount, _ trace: RetiredTrace, _ reason: String) -> [PlannedStep] {
    let account = retired.name
    switch trace {
    case .elsewhere: return []
    case .login:
      return [
        PlannedStep(
          "\(Self.alter(account)) NOLOGIN PASSWORD NULL", reason: reason, authority: authority(over: account))
      ]
    case .sessions: return [asMember(of: account, [endSessions(of: account)], then: [leave(account)], reason)]
    case .role:
      let isWanted = dropsRetired || isPersons(account)
      return isWanted && !ownsListed(account) ? [drop(retired)] : []
    }
  }

  /// The accesses of persons whose logins these steps have ended. A step that the server refused is not among them.
  func endedLogins(by done: [PlannedStep]) -> [OpenedAccess] {
    let done = Set(done)
    return PostgresComparison(declared: declared, actual: actual).retirement.compactMap { difference in
      guard let access = difference.endedLogin, steps(for: difference).contains(where: done.contains)
      else { return nil }
      return access
    }
  }

  /// Whether it was a person's login for a time: nothing of it is to remain.
  private func isPersons(_ account: String) -> Bool {
    actual.openings(administrator: administrator).contains { $0.person == account }
  }

  /// The tables of the account pass to the administrator, so that no row is lost; its views and functions are dropped.
  /// `DROP OWNED` then removes only entries of access control lists.
  private func drop(_ retired: RetiredAccount) -> PlannedStep {
    let account = retired.name
    let (role, owner) = (PostgresSQL.identifier(account), PostgresSQL.identifier(administrator))
    return asMember(
      of: account,
      disarming(account) + ["REASSIGN OWNED BY \(role) TO \(owner)", "DROP OWNED BY \(role)"],
      then: ["DROP ROLE \(role)"], retired.closedWords)
  }

  /// Ending a role's sessions and dropping what it owns need its rights. The administrator takes them for this
  /// transaction, by the option to administer the role. It names itself as the grantor, so that a superuser who pastes the
  /// step gives and takes the same.
  func asMember(
    of account: String, _ statements: [String], then last: [String], _ reason: String
  ) -> PlannedStep {
    let (role, member) = (PostgresSQL.identifier(account), PostgresSQL.identifier(administrator))
    return PlannedStep(
      together: ["GRANT \(role) TO \(member) WITH INHERIT TRUE, SET FALSE GRANTED BY \(member)"] + statements
        + last,
      reason: reason, authority: authority(over: account))
  }

  func leave(_ account: String) -> String {
    let (role, member) = (PostgresSQL.identifier(account), PostgresSQL.identifier(administrator))
    return "REVOKE \(role) FROM \(member) GRANTED BY \(member)"
  }

  func endSessions(of account: String) -> String { PostgresSQL.endSessions(of: account) }
}
