import AccessPlanning
import DataAccess

/// The bootstrap on a server whose superuser belongs to a provider: RDS, Cloud SQL, Azure.
///
/// The provider's administrator may create roles and databases. It becomes the administrator of the role that it creates
/// (PostgreSQL 16), and makes itself a member for the run, because only a member can give a database to that role.
extension PostgresBootstrap {
  /// The account that runs the bootstrap.
  enum Caller {
    case superuser
    case provider(String)
  }

  /// Any other role would complete only a part of the steps.
  func caller(_ maintenance: Database) async throws(AccessError) -> Caller {
    let user: String
    let (isSuperuser, createsRoles): (Bool, Bool)
    do {
      let rows = try await maintenance.unsafeQuery(
        unsafeSQL: "SELECT rolname::text, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user",
        label: "read the current user", isRead: true)
      user = try rows.text(0, 0)
      (isSuperuser, createsRoles) = (try rows.boolean(0, 1), try rows.boolean(0, 2))
    } catch {
      throw .database(error)
    }
    if isSuperuser { return .superuser }
    guard createsRoles else {
      throw .unsupported(
        "bootstrap runs as the engine's superuser, or as a provider's administrator with CREATEROLE, but "
          + "\(user) is not a superuser and may not create roles: set DB_USER to such an account")
    }
    return .provider(user)
  }

  /// Creates what is missing, and ends the membership whether that succeeded or not.
  func run(
    asProvider name: String, _ maintenance: Database
  ) async throws(AccessError) -> Report {
    var made: [PlannedStep] = []
    do throws(AccessError) {
      try await makeAdministrator(maintenance, readsVerifiers: false, &made)
      return try await run(asProvider: name, maintenance, &made)
    } catch {
      throw error.after(made)
    }
  }

  private func run(
    asProvider name: String, _ maintenance: Database, _ made: inout [PlannedStep]
  ) async throws(AccessError) -> Report {
    let (role, member) = (PostgresSQL.identifier(administrator), PostgresSQL.identifier(name))
    try await change(
      maintenance, "GRANT \(role) TO \(member) WITH INHERIT TRUE, SET TRUE", label: "join \(administrator)")
    let outcome = await result { () async throws(AccessError) in
      made += try await makeDatabase(maintenance)
      var result = Report(done: made)
      let target = connect(database)
      let repaired = await self.result { () async throws(AccessError) in
        try await repair(asProvider: name, target)
      }
      await target.close()
      let found = try repaired.get()
      result.done += found.done
      result.remaining = found.remaining
      return result
    }
    try await change(
      maintenance, "REVOKE \(role) FROM \(member) GRANTED BY \(member)", label: "leave \(administrator)")
    return try outcome.get()
  }

  /// Tries each repair on its own. A revoke without authority is a warning of the server and no error, so the catalog
  /// decides what is left.
  private func repair(asProvider name: String, _ target: Database) async throws(AccessError) -> Report {
    do {
      return try await target.withShortLocks { (transaction) throws(DatabaseError) in
        _ = try await transaction.unsafeQuery(unsafeSQL: "SET TRANSACTION READ WRITE", label: "lock rights")
        let planned = repairs(of: try await state(transaction, without: name))
        for step in planned {
          do throws(DatabaseError) {
            try await transaction.savepoint { (part) throws(DatabaseError) in
              try await part.change(step.text, label: step.text)
            }
          } catch {
            guard error.isPermissionDenied else { throw error }
          }
        }
        let left = repairs(of: try await state(transaction, without: name))
        return Report(done: planned.filter { !left.contains($0) }, remaining: left)
      }
    } catch {
      throw .database(error)
    }
  }

  /// The state without the membership of this run.
  private func state(
    _ transaction: Transaction, without name: String
  ) async throws(DatabaseError) -> PostgresState {
    var state = try await PostgresCatalogReader(transaction).read()
    state.memberships = state.memberships.filter {
      $0.role != administrator || $0.member != name || $0.grantor != name
    }
    return state
  }
}
