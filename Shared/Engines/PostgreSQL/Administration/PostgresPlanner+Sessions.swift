import AccessPlanning
import DataAccess

/// The end of sessions that would keep what the plan takes.
///
/// The server checks rights at each statement. But a session keeps the role that it has set, one of a former superuser may
/// still become any role, a copy of the server goes on, and one of another password is a stranger's. So the account first
/// cannot log in, then its sessions end, each in a transaction of its own, and the transaction of the changes lets it in
/// again. Where that fails, the account gets its login back (``SuspendedLogins``). A run that is killed in between leaves what
/// it was to take, and the next one completes it.
extension PostgresPlanner {
  /// The accounts of ours that lose such a thing by a step of this authority. The administrator is not among them: it may
  /// make itself a member of each.
  func suspended(by authority: PlannedStep.Authority) -> [String] {
    let accounts = differences.compactMap { difference -> String? in
      guard let account = keeper(of: difference), declared.roles[account]?.canLogin == true,
        actual.roles[account] != nil, focus.covers(account: account), account != administrator
      else { return nil }
      return steps(for: difference).contains { $0.authority == authority } ? account : nil
    }
    return Set(accounts).sorted()
  }

  private func keeper(of difference: PostgresDifference) -> String? {
    if case .membershipExcess(let membership) = difference { return membership.member }
    if case .attribute(let role, let word, declared: false) = difference,
      ["SUPERUSER", "REPLICATION"].contains(word)
    {
      return role
    }
    // The superuser leaves credentials to the administrator.
    if case .credential(let account, .refused) = difference, authority(over: account) == .administrator {
      return account
    }
    return nil
  }

  /// The steps before the changes: those of one transaction, and then those of the next one.
  func suspensions(by authority: PlannedStep.Authority) -> [[PlannedStep]] {
    let accounts = suspended(by: authority)
    let logins = closed(by: authority).map { account in
      PlannedStep(Self.shutOut(account), reason: Self.reason(account), authority: authority)
    }
    return [logins, accounts.map { end($0, by: authority) }].filter { !$0.isEmpty }
  }

  /// The accounts whose logins the suspensions end.
  func closed(by authority: PlannedStep.Authority) -> [String] {
    suspended(by: authority).filter { actual.roles[$0]?.canLogin == true }
  }

  /// Those of them that these steps have shut out.
  func shutOut(by done: [PlannedStep], _ authority: PlannedStep.Authority) -> [String] {
    closed(by: authority).filter { account in done.contains { $0.text == Self.shutOut(account) } }
  }

  /// The accounts that have no login until the changes: but for those whose login the server did not end, and those that
  /// another one than a superuser may not change.
  func keptOut(after done: [PlannedStep], by authority: PlannedStep.Authority) -> [String] {
    let open = Set(closed(by: authority)).subtracting(shutOut(by: done, authority))
    return suspended(by: authority).filter { account in
      !open.contains(account)
        && (authority == .superuser || actual.roles[account]?.isSuperuser != true)
    }
  }

  private static func reason(_ account: String) -> String {
    "sessions of \(account) would keep what the plan takes from it"
  }

  func end(_ account: String, by authority: PlannedStep.Authority) -> PlannedStep {
    authority == .superuser
      ? PlannedStep(endSessions(of: account), reason: Self.reason(account), authority: authority)
      : asMember(of: account, [endSessions(of: account)], then: [leave(account)], Self.reason(account))
  }

  /// The texts of the steps that let accounts in again whose sessions did not end, by the steps that ended none. Such an
  /// account stays without a login until its sessions are gone.
  func readmissions(after refused: [PlannedStep]) -> Set<String> {
    Set(unended(after: refused, by: .administrator).map(Self.admit))
  }

  /// The accounts whose sessions did not end, by the steps that ended none.
  func unended(after refused: [PlannedStep], by authority: PlannedStep.Authority) -> [String] {
    guard !refused.isEmpty else { return [] }
    return suspended(by: authority).filter { account in
      refused.contains { $0.text == end(account, by: authority).text }
    }
  }

  private static func shutOut(_ account: String) -> String { "\(Self.alter(account)) NOLOGIN" }

  /// The statement that lets an account in again.
  static func admit(_ account: String) -> String { "\(Self.alter(account)) LOGIN" }

  /// What lets the accounts in again that the superuser has suspended.
  func readmission(of accounts: [String]) -> [PlannedStep] {
    accounts.map {
      PlannedStep(Self.admit($0), reason: "its sessions have ended", authority: .superuser)
    }
  }

  /// The same planner for the state in which the accounts are suspended.
  var afterSuspensions: PostgresPlanner {
    let accounts = suspended(by: .administrator) + suspended(by: .superuser)
    guard !accounts.isEmpty else { return self }
    var closed = actual
    for account in accounts { closed.roles[account]?.canLogin = false }
    return PostgresPlanner(declared: declared, actual: closed, dropsRetired: dropsRetired, focus: focus)
  }
}

extension PostgresGrants {
  /// Keeps accounts out and ends their sessions, and runs the changes that let them in again. `changes` gets the texts of the
  /// steps that must not, and the accounts that must have no login before its steps.
  func suspending(
    by planner: PostgresPlanner,
    _ changes: (_ kept: Set<String>, _ keptOut: [String]) async throws(AccessError) -> AccessOutcome
  ) async throws(AccessError) -> (suspended: AccessOutcome, changed: AccessOutcome) {
    let logins = SuspendedLogins(planner.closed(by: .administrator), in: administrator)
    return try await logins.keepingOut {
      (logins) async throws(AccessError) -> (suspended: AccessOutcome, changed: AccessOutcome) in
      let suspended = try await suspend(by: planner, &logins)
      let changed = try await changes(
        planner.readmissions(after: suspended.remaining),
        planner.keptOut(after: suspended.done, by: .administrator))
      return (suspended, changed)
    }
  }

  private func suspend(
    by planner: PostgresPlanner, _ logins: inout SuspendedLogins
  ) async throws(AccessError) -> AccessOutcome {
    var (done, remaining, notes): ([PlannedStep], [PlannedStep], [String]) = ([], [], [])
    for steps in planner.suspensions(by: .administrator) {
      try await logins.close { () async throws(AccessError) -> [String] in
        let outcome = try await locked { (transaction) throws(DatabaseError) in
          try await run(steps, of: planner, in: transaction)
        }
        done += outcome.done
        remaining += outcome.remaining
        notes += outcome.notes
        return planner.shutOut(by: outcome.done, .administrator)
      }
    }
    logins.sessionsGoOn(of: planner.unended(after: remaining, by: .administrator))
    return AccessOutcome(done: done, remaining: remaining, notes: notes)
  }
}

extension PostgresCatalogReader {
  /// Reads the state, and fails where one of these accounts can log in, which the run keeps out: another run has let it in, and
  /// a new session may have what this one is to take. From the reading to the end of the transaction no other one can let them
  /// in: it waits for the rows that these statements hold, which change nothing.
  func read(keepingOut accounts: [String]) async throws(DatabaseError) -> PostgresState {
    for account in accounts {
      do {
        try await runner.change(PostgresPlanner.alter(account), label: PostgresGrants.lockLabel)
      } catch {
        guard error.isOfConcurrentChange else { throw error }
        throw Self.letIn([account], error.detail)
      }
    }
    let actual = try await read()
    let open = accounts.filter { actual.roles[$0]?.canLogin == true }
    guard open.isEmpty else { throw Self.letIn(open) }
    return actual
  }

  private static func letIn(_ accounts: [String], _ reason: String? = nil) -> DatabaseError {
    DatabaseError(
      .other, operation: PostgresGrants.lockLabel,
      detail: "another run has let \(accounts.joined(separator: ", ")) log in meanwhile"
        + (reason.map { " (\($0))" } ?? "") + ": run the command again")
  }
}
