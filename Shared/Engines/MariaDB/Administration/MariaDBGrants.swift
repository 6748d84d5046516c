import AccessManifest
import AccessPlanning
import DataAccess
import MariaDBDriver
import Migrations
import Secrets

/// The grants in a MariaDB server, as far as they concern one database.
struct MariaDBGrants: GrantTarget {
  let manifest: AccessManifest
  let credentials: CredentialStore
  let administrator: Database
  let database: String
  /// The nodes of the cluster that the server may be in.
  let nodes: MariaDBNodes
  var focus = AccessFocus.everything
  var dropsRetired = false
  /// How long the steps wait for sessions that hold what they change.
  var locks = LockLimits()

  var name: String { administrator.dialect.engineName }

  func plan() async throws(AccessError) -> AccessPlan {
    try checkEnforceable()
    return try await nodes.with(administrator) { (found) async throws(AccessError) -> AccessPlan in
      let actual = try await state(using: administrator)
      var plan = try planner(for: actual).plan
      for (node, state) in try await differing(found, from: actual) {
        plan = plan.adding(try planner(for: state).plan, on: node.name)
      }
      return plan
    }
  }

  func verify() async throws(AccessError) -> [Deviation] {
    try checkEnforceable()
    return try await nodes.with(administrator, reportingDivision: true) {
      (found) async throws(AccessError) -> [Deviation] in
      let actual = try await state(using: administrator)
      var deviations = comparison(with: actual).deviations
      for (node, state) in try await differing(found, from: actual) {
        let more = comparison(with: state).deviations.filter { !deviations.contains($0) }
        deviations += more.map { $0.on(node.name) }
      }
      let division = found.division.map { Deviation.ofCluster(.different, $0) }
      return (division.map { [$0] } ?? []) + deviations
        + found.notes.map { Deviation.ofCluster(.remark, $0) } + (try await preparedTransactions())
    }
  }

  /// The transactions of the server that clients prepared. A session of any database can leave one that holds tables of
  /// ours. MySQL lists them to no administrator.
  private func preparedTransactions() async throws(AccessError) -> [Deviation] {
    do throws(DatabaseError) {
      let rows = try await administrator.unsafeQuery(
        unsafeSQL: "XA RECOVER /*M! FORMAT='SQL' */", label: "read prepared transactions", isRead: true)
      var found: [Deviation] = []
      for row in 0..<rows.rowCount {
        found.append(.prepared(try rows.text(row, 3), endedBy: "XA ROLLBACK or XA COMMIT"))
      }
      return found
    } catch {
      guard error.isPermissionDenied || Self.unlisted.contains(error.nativeCode) else {
        throw .database(error)
      }
      return []
    }
  }

  /// MySQL's refusals: no statement that it prepares, no right to the list.
  private static let unlisted = ["1295", "1401"]

  /// Executes the steps while no migration and no other `apply` runs, on any node.
  func apply() async throws(AccessError) -> AccessOutcome {
    try checkEnforceable()
    // Before the claim is written: a server that has left its cluster would keep it for itself.
    try await nodes.refuseOutsider(administrator)
    let actual = try await state(using: administrator)
    let missing = manifest.tables.map(\.name).filter { !actual.tables.contains($0) }
    guard missing.isEmpty else { throw .notMigrated(missing) }
    return try await exclusively { () async throws(AccessError) -> AccessOutcome in
      try await execute(as: .administrator)
    }
  }

  /// Executes the steps of an authority.
  ///
  /// A cluster executes each statement on all nodes at the same place in their order. Where its nodes differ, each is mended
  /// by itself: a statement of all would fail on some. Nothing replicates that, so where a node is missing, the cluster
  /// executes what all others need, and the rest waits for it.
  func execute(as authority: PlannedStep.Authority) async throws(AccessError) -> AccessOutcome {
    try await nodes.with(administrator) { (found) async throws(AccessError) -> AccessOutcome in
      let actual = try await state(using: administrator)
      let differing = try await differing(found, from: actual)
      var others: [(node: String, plan: AccessPlan)] = []
      for (node, state) in differing { others.append((node.name, try planner(for: state).plan)) }
      let plans = MariaDBNodePlans(
        try planner(for: actual).plan, on: found.nodes.first(where: \.isServing)?.name ?? "", others: others)
      let steps = plans.shared.steps(for: authority) + plans.apart.steps(for: authority)
      if steps.contains(where: \.setsHash) {
        try ServerSetting.requireHashes(in: ([actual] + differing.map(\.state)).flatMap(\.settings))
      }
      var run = MariaDBApply(as: authority, notes: found.notes)
      do throws(AccessError) {
        if plans.apart.steps.isEmpty || !found.unseen.isEmpty {
          try await run.execute(plans.shared, of: self, in: actual.catalog, killingOn: found.others)
          try run.refuse(plans.apart, unseen: found.unseen)
        } else {
          for node in found.nodes { try await run.execute(self, onlyOn: node) }
        }
        try run.check()
      } catch {
        throw error.after(run.outcome.done)
      }
      let replaced = openAccounts(in: [actual] + differing.map(\.state)).others
      run.note(
        AccessOutcome.notes(ofReplaced: replaced.filter(run.withNewCredential.contains), by: credentials))
      return run.outcome
    }
  }

  func openAccounts() async throws(AccessError) -> OpenAccounts {
    try await nodes.with(administrator) { (found) async throws(AccessError) -> OpenAccounts in
      var states = [try await state(using: administrator)]
      for node in found.others { states.append(try await state(using: node.database)) }
      return openAccounts(in: states)
    }
  }

  private func openAccounts(in states: [MariaDBState]) -> OpenAccounts {
    var open: [String: [CredentialState]] = [:]
    for account in manifest.databaseAccounts.map(\.name) {
      for actual in states {
        guard let state = actual.credentials[account],
          let found = actual.accounts[MariaDBGrantee(user: account)],
          !found.isLocked, found.login.verifier != actual.catalog.passwords.unusable
        else { continue }
        open[account, default: []].append(state)
      }
    }
    return OpenAccounts(open)
  }

  /// A lock of the server would be known to one node alone; the claim of migrations is a committed row.
  private func exclusively<Value: Sendable>(
    _ body: () async throws(AccessError) -> Value
  ) async throws(AccessError) -> Value {
    let claims = Database(
      driver: administrator.driver, loop: nodes.loop, configuration: PoolConfiguration(size: 3),
      logger: nodes.logger)
    let result: Result<Value, AccessError>
    do throws(MigrationError) {
      result = try await MigrationEngine(claims).keepingOthersOut { () async -> Result<Value, AccessError> in
        do throws(AccessError) {
          return .success(try await body())
        } catch {
          return .failure(error)
        }
      }
    } catch .database(let error) {
      result = .failure(.database(error))
    } catch .locked(let holder) {
      result = .failure(.unsupported("a migration or another `access apply` is running: \(holder)"))
    } catch {
      result = .failure(.unsupported("\(error)"))
    }
    await claims.close()
    return try result.get()
  }

  /// The nodes whose rights differ from the manifest in another way than those of the serving node.
  private func differing(
    _ found: MariaDBNodes.Found, from actual: MariaDBState
  ) async throws(AccessError) -> [(node: MariaDBNodes.Node, state: MariaDBState)] {
    guard !found.others.isEmpty else { return [] }
    let differences = comparison(with: actual).differences
    var differing: [(node: MariaDBNodes.Node, state: MariaDBState)] = []
    for node in found.others {
      let state = try await state(using: node.database)
      if comparison(with: state).differences != differences { differing.append((node, state)) }
    }
    return differing
  }

  /// The statements of the steps that set a credential.
  func logins(
    for steps: [PlannedStep], in catalog: RightsCatalog
  ) throws(AccessError) -> [PlannedStep: String] {
    var logins: [PlannedStep: String] = [:]
    for step in steps {
      guard let account = step.credentialAccount else { continue }
      logins[step] = try login(of: account, for: step, in: catalog)
    }
    return logins
  }

  /// The statement has the hash that the server would make of the password, and an account that is made new has its
  /// limits too.
  private func login(
    of account: String, for step: PlannedStep, in catalog: RightsCatalog
  ) throws(AccessError) -> String {
    let grantee = MariaDBGrantee(user: account)
    let verifier: String
    do {
      verifier = catalog.passwords.verifier(try credentials.password(of: account).reveal())
    } catch {
      throw .credential(error)
    }
    let declared = MariaDBState(declaredBy: manifest, database: database, catalog: catalog)
    let limits = declared.accounts[grantee]?.limits ?? MariaDBLimits()
    let (verb, end) = step.createsAccount ? ("CREATE", "") : ("ALTER", " ACCOUNT UNLOCK")
    return "\(verb) USER \(grantee.sql) \(catalog.passwords.login(verifier)) "
      + "\(limits.sql(in: catalog)) PASSWORD EXPIRE NEVER\(end)"
  }

  // MARK: States

  func state(using runner: any StatementRunner) async throws(AccessError) -> MariaDBState {
    let reader = MariaDBRightsReader(runner, database: database)
    var state: MariaDBState
    do {
      state = try await reader.read()
      if comparison(with: state).reachesOtherDatabases {
        state.otherFleets = try await reader.readOtherFleets(besides: state)
      }
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
    // No rotation of ours makes a second password.
    if login.hasAlternative || !login.secondVerifier.isEmpty { return .unchecked }
    guard login.plugin == scheme.plugin else { return .refused }
    if login.verifier.isEmpty { return .unchecked }
    let isOurs = passwords.contains { scheme.accepts(login.verifier, $0.reveal()) }
    return isOurs && !login.isExpired ? .accepted : .refused
  }

  func comparison(with actual: MariaDBState) -> MariaDBComparison {
    let known = Set(manifest.credentialNames + [manifest.administrators.databaseAccount])
    return MariaDBComparison(
      declared: MariaDBState(declaredBy: manifest, database: actual.database, catalog: actual.catalog),
      actual: actual, manifest: manifest, former: Set(credentials.createdNames(besides: known)))
  }

  /// - Throws: where a plan could take the rights of our fleet in another database.
  func planner(for actual: MariaDBState) throws(AccessError) -> MariaDBPlanner {
    let comparison = comparison(with: actual)
    try comparison.refuseOtherFleet()
    return MariaDBPlanner(comparison: comparison, focus: focus, dropsRetired: dropsRetired)
  }
}

extension Deviation {
  /// What an operator must know of a cluster's nodes.
  fileprivate static func ofCluster(_ kind: Kind, _ message: String) -> Deviation {
    Deviation(kind, account: "", object: "cluster", privilege: "NODE", message: message)
  }
}
