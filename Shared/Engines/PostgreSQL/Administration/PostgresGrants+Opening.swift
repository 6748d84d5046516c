import AccessManifest
import AccessPlanning
import DataAccess
import Secrets

/// Logins of persons for a time, as roles of their own.
///
/// The role has the manifest's rights of another account, or a few verbs, and VALID UNTIL: the server refuses its
/// password from then on. Its comment says what it may do and why. While it is valid it counts as an account of the
/// manifest; after that it is a retired one, which the next `apply` closes and drops.
extension PostgresGrants: PersonalAccess {
  package func open(
    _ person: String, _ rights: OpenedAccess.Rights, seconds: Int64, reason: String, password: Secret
  ) async throws(AccessError) -> String {
    let wanted = OpenedAccess(person: person, rights: rights, reason: reason, until: 0)
    if let refusal = wanted.refusal(in: manifest) { throw .unsupported(refusal) }
    guard wanted.account(in: manifest) != nil
    else { throw .unsupported("the manifest has no account of which \(person) could have the rights") }
    let verifier: String
    do {
      verifier = try SCRAMVerifier.text(for: password.reveal())
    } catch {
      throw .unsupported("the password of \(person) is unusable: \(error)")
    }
    // Without a table, the login would lack its rights there, and nothing would say so.
    try requireTables(in: try await catalog())
    return try await locked { (transaction) throws(DatabaseError) in
      try await requireFree(person, in: transaction)
      let end = try await transaction.unsafeQuery(
        unsafeSQL: "SELECT date_trunc('second', now() + make_interval(secs => $1))::text",
        [.integer(seconds)], label: "read the clock"
      ).text(0, 0)
      for (sql, label) in Self.creation(of: wanted, end: end, verifier: verifier) {
        try await transaction.change(sql, label: label)
      }
      let actual = try await reader(transaction).read()
      for step in planner(for: actual, opening: person).steps(ofAccount: person) {
        try await run(step, in: transaction)
      }
      return actual.roles[person]?.validUntilText ?? end
    }
  }

  /// The login ends first, then the sessions, and then the rights, each in a transaction of its own: a session that holds
  /// locks would otherwise keep its own end waiting. What the server refuses to the administrator, such as a membership
  /// that a superuser gave, keeps none of the rest from being carried out.
  package func close(_ person: String) async throws(AccessError) -> AccessOutcome {
    let (end, ended) = try await endLogin(of: person)
    if let ended { hearsEnd(ended) }
    do throws(AccessError) {
      return try await remove(person, after: end)
    } catch {
      throw .unsupported("the login of \(person) has ended; what follows failed, so close it again: \(error)")
    }
  }

  private func remove(
    _ person: String, after end: PlannedStep
  ) async throws(AccessError) -> AccessOutcome {
    let outcomes = [
      try await close(.sessions) { $0.name == person },
      try await attempt { $0.steps(ofAccount: person) },
      try await attempt { $0.endingSteps(ofAccount: person) },
    ]
    let done = [end] + outcomes.flatMap(\.done)
    let left = try await catalog()
    // With the role, the memberships and rights go that only a superuser could revoke.
    guard left.roles[person] != nil else { return AccessOutcome(done: done) }
    return AccessOutcome(
      done: done, remaining: outcomes.flatMap(\.remaining),
      unmended: planner(for: left).unmended(ofAccount: person), notes: outcomes.flatMap(\.notes))
  }

  /// Neither a running `apply` nor a missing table delays the end of a login, so this takes no lock. From then on the role
  /// is a retired account, of which `apply` would remove everything as well.
  ///
  /// Returns the access too, unless an earlier run has ended it already.
  private func endLogin(
    of person: String
  ) async throws(AccessError) -> (step: PlannedStep, ended: OpenedAccess?) {
    let step = PlannedStep(
      "ALTER ROLE \(PostgresSQL.identifier(person)) NOLOGIN PASSWORD NULL VALID UNTIL 'epoch'",
      reason: "the access of \(person) ends")
    do {
      let ended = try await administrator.transaction {
        (transaction) throws(DatabaseError) -> OpenedAccess? in
        try await transaction.change("SET TRANSACTION READ WRITE", label: "end a login")
        let actual = try await reader(transaction).readLogins()
        guard let before = opening(of: person, in: actual) else {
          throw Self.failure("\(person) has no access that `access open` gave")
        }
        // From this change on, no other run changes the role: the second of two finds what the first one has ended.
        try await transaction.change(
          "ALTER ROLE \(PostgresSQL.identifier(person)) NOLOGIN", label: "end a login")
        let access = opening(of: person, in: try await reader(transaction).readLogins()) ?? before
        try await run(step, in: transaction)
        let wasOpenedAgain = before.isClosed && actual.roles[person]?.canLogin == true
        return access.isClosed && !wasOpenedAgain ? nil : access
      }
      return (step, ended)
    } catch {
      guard error.isPermissionDenied else { throw .database(error) }
      throw .unsupported(
        "\(person) is still open: the server refused to end the login (\(error.detail ?? error.description)). As the "
          + "superuser, run ALTER ROLE \(PostgresSQL.identifier(person)) NOSUPERUSER NOLOGIN PASSWORD NULL, then close it "
          + "again")
    }
  }

  private func opening(of person: String, in actual: PostgresState) -> OpenedAccess? {
    actual.openings(administrator: administratorAccount).first { $0.person == person }
  }

  private func catalog() async throws(AccessError) -> PostgresState {
    do {
      return try await administrator.withShortLocks(limits) { (transaction) throws(DatabaseError) in
        try await reader(transaction).read()
      }
    } catch {
      throw .database(error)
    }
  }

  private func requireFree(_ person: String, in transaction: Transaction) async throws(DatabaseError) {
    let rows = try await transaction.unsafeQuery(
      unsafeSQL: "SELECT 1 FROM pg_roles WHERE rolname = $1", [.text(person)], label: "find a role",
      isRead: true)
    guard rows.rowCount == 0 else {
      throw Self.failure("the role \(person) exists already: close it first, or choose another name")
    }
  }

  private static func failure(_ detail: String) -> DatabaseError {
    DatabaseError(.other, operation: "access", detail: detail)
  }

  private static func creation(
    of access: OpenedAccess, end: String, verifier: String
  ) -> [(sql: String, label: String)] {
    let role = PostgresSQL.identifier(access.person)
    let create =
      "CREATE ROLE \(role) LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS VALID UNTIL "
      + PostgresSQL.literal(end)
    return [
      (create, create),
      (
        "COMMENT ON ROLE \(role) IS \(PostgresSQL.literal(access.note))",
        "note the reason of \(access.person)"
      ),
      (
        "ALTER ROLE \(role) PASSWORD \(PostgresSQL.literal(verifier))",
        "ALTER ROLE \(role) PASSWORD '<SCRAM verifier>'"
      ),
    ]
  }
}

extension PostgresState {
  /// The logins of persons that `access open` gave: roles that the administrator made, with a note. One whose end was taken
  /// away still is such a login.
  ///
  /// The server records the initial superuser as the grantor of a creator's option to administer its role. Another role
  /// that may create roles can give the administrator that option on a role of its own, with any note: then the grantor
  /// is that other role, and the note is its word alone.
  func openings(administrator: String) -> [OpenedAccess] {
    memberships.filter { $0.member == administrator && $0.canAdminister && $0.grantor == initialSuperuser }
      .map(\.role).sorted()
      .compactMap { name in
        guard let role = roles[name], let note = role.note else { return nil }
        return OpenedAccess(person: name, note: note, until: role.validUntil ?? .max)
      }
  }
}
