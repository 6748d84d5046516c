import AccessManifest
import AccessPlanning
import DataAccess
import MariaDBDriver
import Secrets

/// The grants in a MariaDB server, as far as they concern one database.
struct MariaDBGrants: GrantTarget {
  let manifest: AccessManifest
  let credentials: CredentialStore
  let administrator: Database
  let database: String
  var focus = AccessFocus.everything
  var dropsRetired = false

  var name: String { administrator.dialect.engineName }

  func plan() async throws(AccessError) -> AccessPlan {
    try checkEnforceable()
    return planner(for: try await state(using: administrator)).plan
  }

  func verify() async throws(AccessError) -> [Deviation] {
    try checkEnforceable()
    return comparison(with: try await state(using: administrator)).deviations
  }

  /// Executes the steps one by one: the engine commits each by itself. A step that the server refuses to the
  /// administrator is reported as one for the superuser, and the others take effect.
  func apply() async throws(AccessError) -> AccessOutcome {
    try checkEnforceable()
    let actual = try await state(using: administrator)
    let missing = manifest.tables.map(\.name).filter { !actual.tables.contains($0) }
    guard missing.isEmpty else { throw .notMigrated(missing) }
    let plan = planner(for: actual).plan
    var done: [PlannedStep] = []
    var remaining: [PlannedStep] = []
    var notes: [String] = []
    for step in plan.steps {
      guard step.authority == .administrator else {
        remaining.append(step)
        continue
      }
      do throws(DatabaseError) {
        try await run(step, using: administrator)
        done.append(step)
      } catch {
        guard error.isPermissionDenied || error.kind == .authenticationFailed else { throw .database(error) }
        remaining.append(step.needing(.superuser))
        notes.append("the server refused \(step.text): \(error.detail ?? error.description)")
      }
    }
    return AccessOutcome(
      done: done, remaining: remaining, unmended: plan.unmended, notes: notes, leftOut: plan.leftOut)
  }

  func run(_ step: PlannedStep, using runner: any StatementRunner) async throws(DatabaseError) {
    switch step.action {
    case .statement(let sql): try await runner.change(sql, label: step.text)
    case .statements(let all): for sql in all { try await run(sql, using: runner) }
    case .setCredential(let account):
      let catalog = try await RightsCatalog.of(runner)
      try await runner.change(try login(of: account, for: step, in: catalog), label: step.text)
    }
  }

  private func run(_ sql: String, using runner: any StatementRunner) async throws(DatabaseError) {
    guard let user = RightsCatalog.mySQL.userOfEndedSessions(in: sql) else {
      return try await runner.change(sql, label: sql)
    }
    try await AccountSessions(runner).end(of: user, before: .max)
  }

  /// The statement has the hash that the server would make of the password, and an account that is made new has its
  /// limits too.
  private func login(
    of account: String, for step: PlannedStep, in catalog: RightsCatalog
  ) throws(DatabaseError) -> String {
    let grantee = MariaDBGrantee(user: account)
    let verifier: String
    do {
      verifier = catalog.passwords.verifier(try credentials.password(of: account).reveal())
    } catch {
      throw DatabaseError(.other, operation: "set the credential of \(account)", detail: "\(error)")
    }
    let declared = MariaDBState(declaredBy: manifest, database: database, catalog: catalog)
    let limits = declared.accounts[grantee]?.limits ?? MariaDBLimits()
    let verb = step.text.hasPrefix("CREATE") ? "CREATE" : "ALTER"
    return "\(verb) USER \(grantee.sql) \(catalog.passwords.login(verifier)) "
      + "\(limits.sql(in: catalog)) PASSWORD EXPIRE NEVER"
  }

  // MARK: States

  func state(using runner: any StatementRunner) async throws(AccessError) -> MariaDBState {
    var state: MariaDBState
    do {
      state = try await MariaDBRightsReader(runner, database: database).read()
    } catch {
      throw .database(error)
    }
    for account in manifest.databaseAccounts.map(\.name) + [manifest.administrators.databaseAccount] {
      state.credentials[account] = try credentialState(of: account, in: state)
    }
    return state
  }

  /// The administrator can read the verifiers, so no login is needed.
  private func credentialState(
    of account: String, in state: MariaDBState
  ) throws(AccessError) -> CredentialState {
    guard let login = state.accounts[MariaDBGrantee(user: account)]?.login else { return .refused }
    let content: CredentialText
    do throws(CredentialStore.Failure) {
      content = try credentials.content(of: account)
    } catch .missing {
      return .absent
    } catch {
      throw .credential(error)
    }
    // A rotation that was interrupted right after the change: the programs have both passwords.
    var passwords = [content.current]
    if case .next(let next, _) = content.other { passwords.append(next) }
    let scheme = state.catalog.passwords
    if login.hasAlternative { return .unchecked }
    guard login.plugin == scheme.plugin else { return .refused }
    if login.verifier.isEmpty { return .unchecked }
    let isOurs = passwords.contains { scheme.accepts(login.verifier, $0.reveal()) }
    return isOurs && !login.isExpired ? .accepted : .refused
  }

  func comparison(with actual: MariaDBState) -> MariaDBComparison {
    let known = Set(manifest.credentialNames + [manifest.administrators.databaseAccount])
    return MariaDBComparison(
      declared: MariaDBState(declaredBy: manifest, database: database, catalog: actual.catalog),
      actual: actual, manifest: manifest, former: Set(credentials.generatedNames).subtracting(known))
  }

  func planner(for actual: MariaDBState) -> MariaDBPlanner {
    MariaDBPlanner(comparison: comparison(with: actual), focus: focus, dropsRetired: dropsRetired)
  }

  // MARK: What the engine cannot express

  /// The longest name of a view.
  private static let longestName = 64

  private func checkEnforceable() throws(AccessError) {
    guard !manifest.isLive else {
      throw .unsupported("a manifest with 'schema: live' is not supported on \(name)")
    }
    guard manifest.databaseSettings.isEmpty else {
      throw .unsupported("\(name) has no settings of a database: remove them from 'database' of the manifest")
    }
    for account in manifest.databaseAccounts { try checkEnforceable(account) }
  }

  private func checkEnforceable(_ account: DatabaseAccount) throws(AccessError) {
    guard account.settings.isEmpty else {
      throw .unsupported("\(name) has no settings of an account: remove those of \(account.name)")
    }
    for (name, grants) in Dictionary(grouping: account.grants, by: \.table) {
      guard let table = manifest.tables.first(where: { $0.name == name }) else { continue }
      for rights in MariaDBTableRights.parts(of: grants, on: table, for: account.name) {
        if let problem = rights.problem {
          throw .unsupported("the rows of \(account.name) in \(name) on \(self.name): \(problem)")
        }
        guard !rights.grants.contains(where: rights.usesView) || rights.view.utf8.count <= Self.longestName
        else {
          throw .unsupported("the view \(rights.view) has a name of more than \(Self.longestName) bytes")
        }
      }
    }
  }
}
