import AccessPlanning
import DataAccess

/// The end of accounts that have left the manifest, before and after the changes of the others.
extension PostgresGrants {
  /// Ends the logins of retired accounts, and then their sessions, each in a transaction of its own: a session comes back
  /// before the end of the login is committed. Its locks would stop every later step, the reading of the catalog too.
  ///
  /// Adds the steps of each transaction to `committed`. A run that lacks what its changes need closes no account: a service may
  /// use it. The access of a person ends all the same.
  func closeRetired(_ committed: inout [PlannedStep]) async throws(AccessError) -> AccessOutcome {
    let (actual, relations) = try await readBeforeClosing()
    let found = PostgresComparison(declared: declared(over: actual), actual: actual).retirement
    guard found.contains(where: \.isUnclosed) else { return AccessOutcome(done: []) }
    var lack: AccessError?
    do throws(AccessError) {
      try requireMeans(given: actual, relations)
    } catch {
      lack = error
    }
    let closesAll = lack == nil
    let isChosen = { @Sendable (account: RetiredAccount) in closesAll || account.access != nil }
    let logins = try await close(.logins, where: isChosen)
    committed += logins.done
    let sessions = try await close(.sessions, where: isChosen)
    committed += sessions.done
    if let lack { throw lack }
    // The plan that follows names a login that the server did not end.
    return AccessOutcome(
      done: logins.done + sessions.done, remaining: sessions.remaining, notes: sessions.notes)
  }

  /// The logins, and the names of the relations, none of which waits for a table that a session holds.
  private func readBeforeClosing() async throws(AccessError) -> (
    state: PostgresState, relations: Set<PostgresObject>
  ) {
    do {
      return try await administrator.transaction(.consistentRead) { (transaction) throws(DatabaseError) in
        let reader = reader(transaction)
        return (try await reader.readLogins(), try await reader.readRelations())
      }
    } catch {
      throw .database(error)
    }
  }

  /// Throws where the changes would lack a table or the password of an account. The account of a renamed service is then
  /// still open to its programs.
  private func requireMeans(
    given actual: PostgresState, _ relations: Set<PostgresObject>
  ) throws(AccessError) {
    try requireTables { relations.contains($0) }
    for account in manifest.databaseAccounts.map(\.name) {
      let isNew = actual.roles[account] == nil && focus.covers(account: account)
      guard isNew || triesLogins && credentials.contains(account) else { continue }
      _ = try verifier(of: account)
    }
  }

  /// Ends the logins or the sessions of retired accounts that are chosen.
  func close(
    _ part: RetiredPart, where isChosen: @Sendable (RetiredAccount) -> Bool
  ) async throws(AccessError) -> AccessOutcome {
    try await reportingEnds { (transaction) throws(DatabaseError) in
      let planned = planner(for: try await reader(transaction).readLogins())
      return (planned, try await run(planned.closing(part, where: isChosen), of: planned, in: transaction))
    }
  }

  /// A transaction of its own, because an account whose closure is not committed comes back with a new session.
  func retire(_ before: PostgresState) async throws(AccessError) -> AccessOutcome {
    let comparison = PostgresComparison(declared: declared(over: before), actual: before)
    guard !comparison.retired.isEmpty else { return AccessOutcome(done: []) }
    return try await attempt { $0.retirement }
  }

  func requireTables(in state: PostgresState) throws(AccessError) {
    try requireTables { state.owners[$0] != nil }
  }

  private func requireTables(_ exists: (PostgresObject) -> Bool) throws(AccessError) {
    let missing = tables.filter { !exists(.relation($0)) }.map(\.name)
    guard missing.isEmpty else { throw .notMigrated(missing) }
  }
}
