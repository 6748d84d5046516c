import AccessManifest
import AccessPlanning
import Cryptography
import DataAccess
import EventLoop
import Schema

/// The grants in a PostgreSQL database (16 or newer).
package struct PostgresGrants: GrantTarget {
  private let manifest: AccessManifest
  private let credentials: CredentialStore
  private let administrator: Database
  private let probe: CredentialProbe
  private let tables: [TableDefinition]

  /// Reads and writes the grants in the database to which `administrator` is connected.
  ///
  /// `driver` connects as one of the manifest's accounts, to check whether the server accepts its credential.
  package init(
    manifest: AccessManifest, credentials: CredentialStore, administrator: Database,
    driver: @escaping AccountDriver,
    loop: EventLoop, tables: [TableDefinition] = Schema.tables
  ) {
    self.manifest = manifest
    self.credentials = credentials
    self.administrator = administrator
    self.tables = tables
    probe = CredentialProbe(store: credentials, driver: driver, loop: loop)
  }

  /// `PostgreSQL`.
  package var name: String { administrator.dialect.engineName }

  /// Returns the steps that would make the database match the manifest, by the administrator or the superuser.
  package func plan() async throws(AccessError) -> AccessPlan {
    planner(for: try await actualState()).plan
  }

  /// Returns every deviation from the manifest, by name.
  package func verify() async throws(AccessError) -> [Deviation] {
    let actual = try await actualState()
    return PostgresComparison(declared: declared(in: actual.database), actual: actual).deviations
  }

  /// Makes the database match the manifest, in one transaction: either every step takes effect or none.
  package func apply() async throws(AccessError) -> AccessOutcome {
    let before = try await actualState()
    let missing = missingTables(in: before)
    guard missing.isEmpty else { throw .notMigrated(missing) }
    do {
      return try await administrator.atomically { (transaction) throws(DatabaseError) in
        try await apply(before.credentials, in: transaction)
      }
    } catch {
      throw .database(error)
    }
  }

  private func apply(
    _ states: [String: CredentialState], in transaction: any StatementRunner
  ) async throws(DatabaseError) -> AccessOutcome {
    for statement in Self.opening { try await transaction.change(statement, label: "lock rights") }
    var actual = try await PostgresCatalogReader(transaction).read()
    actual.credentials = states
    let plan = planner(for: actual).plan
    let steps = plan.steps(for: .administrator)
    for step in steps { try await run(step, in: transaction) }
    return AccessOutcome(done: steps, remaining: plan.steps(for: .superuser))
  }

  private func run(_ step: PlannedStep, in transaction: any StatementRunner) async throws(DatabaseError) {
    switch step.action {
    case .statement(let sql): try await transaction.change(sql, label: step.text)
    case .setCredential(let account):
      try await transaction.change(try credentialStatement(for: account), label: step.text)
    }
  }

  /// The statement contains the verifier that the server would derive from the password. The password itself appears in
  /// no statement, log or statistics view of the server.
  private func credentialStatement(for account: String) throws(DatabaseError) -> String {
    do {
      let verifier = try SCRAMVerifier.text(for: try credentials.password(of: account).reveal())
      return "ALTER ROLE \(PostgresSQL.identifier(account)) PASSWORD \(PostgresSQL.literal(verifier))"
    } catch {
      throw DatabaseError(.other, operation: "set the credential of \(account)", detail: "\(error)")
    }
  }

  // MARK: States

  private func actualState() async throws(AccessError) -> PostgresState {
    do {
      // The logins take longer than the catalog, so both run at once.
      async let credentials = probe.states(of: manifest.databaseAccounts.map(\.name))
      var state = try await administrator.atomically { (transaction) throws(DatabaseError) in
        try await PostgresCatalogReader(transaction).read()
      }
      state.credentials = try await credentials
      return state
    } catch let error as DatabaseError {
      throw .database(error)
    } catch let error as AccessError {
      throw error
    } catch {
      throw .unsupported("\(error)")
    }
  }

  private func planner(for actual: PostgresState) -> PostgresPlanner {
    PostgresPlanner(declared: declared(in: actual.database), actual: actual)
  }

  private func declared(in database: String) -> PostgresState {
    PostgresState(declaredBy: manifest, database: database, tables: tables)
  }

  private func missingTables(in state: PostgresState) -> [String] {
    tables.map(\.name).filter { state.owners[.table($0)] == nil }
  }

  // MARK: Statements

  /// The first statements of an apply.
  ///
  /// The database may be set to read only, which apply itself corrects. Two concurrent applies would each plan from a
  /// state that the other one changes. So apply takes a table lock that no service's account can take. Any account
  /// could take an advisory lock and block changes of rights. The lock timeout limits the wait for a session that holds
  /// a table, because all later statements on that table wait behind apply.
  ///
  /// A server may be set to make a role's creator a member of it; the administrator must not become one.
  private static let opening = [
    "SET TRANSACTION READ WRITE", "SET LOCAL lock_timeout = '\(lockTimeoutSeconds)s'",
    "LOCK TABLE \(PostgresObject.table(SchemaMigrations.definition.name).qualified) IN SHARE ROW EXCLUSIVE MODE",
    "SET LOCAL createrole_self_grant = ''",
  ]

  private static let lockTimeoutSeconds = 10
}
