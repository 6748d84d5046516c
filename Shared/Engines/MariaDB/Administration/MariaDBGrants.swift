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

  var name: String { administrator.dialect.engineName }

  func plan() async throws(AccessError) -> AccessPlan {
    try checkEnforceable()
    return try await nodes.with(administrator) { (found) async throws(AccessError) -> AccessPlan in
      let actual = try await state(using: administrator)
      return plan(for: actual, and: try await differing(found, from: actual))
    }
  }

  private func plan(
    for actual: MariaDBState, and differing: [(node: MariaDBNodes.Node, state: MariaDBState)]
  ) -> AccessPlan {
    differing.reduce(planner(for: actual).plan) { plan, other in
      plan.adding(planner(for: other.state).plan, on: other.node.name)
    }
  }

  func verify() async throws(AccessError) -> [Deviation] {
    try checkEnforceable()
    return try await nodes.with(administrator) { (found) async throws(AccessError) -> [Deviation] in
      let actual = try await state(using: administrator)
      var deviations = comparison(with: actual).deviations
      for (node, state) in try await differing(found, from: actual) {
        let more = comparison(with: state).deviations.filter { !deviations.contains($0) }
        deviations += more.map { $0.on(node.name) }
      }
      return deviations + found.notes.map(Deviation.ofCluster)
    }
  }

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
  /// by itself: a statement of all would fail on some. Nothing replicates that, so no node may be missing then.
  func execute(as authority: PlannedStep.Authority) async throws(AccessError) -> AccessOutcome {
    try await nodes.with(administrator) { (found) async throws(AccessError) -> AccessOutcome in
      let actual = try await state(using: administrator)
      var run = MariaDBApply(as: authority, notes: found.notes)
      let differing = try await differing(found, from: actual)
      if differing.isEmpty {
        try await run.execute(
          planner(for: actual).plan, of: self, using: administrator, in: actual.catalog,
          killingOn: found.others)
      } else if found.unseen.isEmpty {
        for node in found.nodes { try await run.execute(self, onlyOn: node) }
      } else {
        try run.refuse(plan(for: actual, and: differing), unseen: found.unseen)
      }
      try run.check()
      return run.outcome
    }
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

  /// `catalog` is that of the server behind `runner`. `others` are the nodes to which a statement about sessions does not
  /// reach.
  func run(
    _ step: PlannedStep, using runner: any StatementRunner, in catalog: RightsCatalog,
    killingOn others: [MariaDBNodes.Node] = []
  ) async throws(DatabaseError) {
    switch step.action {
    case .statement(let sql): try await runner.change(sql, label: step.text)
    case .statements(let all): for sql in all { try await runner.change(sql, label: sql) }
    case .statementsEndingSessions(let first, let owners, let last):
      for sql in first { try await runner.change(sql, label: sql) }
      for owner in owners { try await endSessions(of: owner, using: runner, in: catalog, killingOn: others) }
      for sql in last { try await runner.change(sql, label: sql) }
    case .setCredential(let account):
      let login = try login(of: account, for: step, in: catalog)
      if !Self.creates(step) {
        let lock = MariaDBPlanner.lock(MariaDBGrantee(user: account))
        try await runner.change(lock, label: lock)
        try await endSessions(of: .account(account), using: runner, in: catalog, killingOn: others)
      }
      try await runner.change(login, label: step.text)
      guard catalog.keepsTwoPasswords else { return }
      let discard = "ALTER USER \(MariaDBGrantee(user: account).sql) \(RightsCatalog.discardSecond)"
      try await runner.change(discard, label: discard)
    }
  }

  private static func creates(_ step: PlannedStep) -> Bool { step.text.hasPrefix("CREATE") }

  private func endSessions(
    of owner: PlannedStep.SessionOwner, using runner: any StatementRunner, in catalog: RightsCatalog,
    killingOn others: [MariaDBNodes.Node]
  ) async throws(DatabaseError) {
    func end(_ runner: any StatementRunner) async throws(DatabaseError) {
      switch owner {
      case .account(let account) where catalog.killsUsers:
        let kill = RightsCatalog.ending(sessionsOf: account)
        try await runner.change(kill, label: kill)
      case .account(let account): try await AccountSessions(runner).end(of: account, before: .max)
      case .hosts(let pattern): try await AccountSessions(runner).end(from: pattern)
      }
    }
    try await end(runner)
    for node in others {
      try await MariaDBNodes.waitForCluster(at: node)
      try await end(node.database)
    }
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
    let (verb, end) = Self.creates(step) ? ("CREATE", "") : ("ALTER", " ACCOUNT UNLOCK")
    return "\(verb) USER \(grantee.sql) \(catalog.passwords.login(verifier)) "
      + "\(limits.sql(in: catalog)) PASSWORD EXPIRE NEVER\(end)"
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
      declared: MariaDBState(declaredBy: manifest, database: database, catalog: actual.catalog),
      actual: actual, manifest: manifest, former: Set(credentials.generatedNames(besides: known)))
  }

  func planner(for actual: MariaDBState) -> MariaDBPlanner {
    MariaDBPlanner(comparison: comparison(with: actual), focus: focus, dropsRetired: dropsRetired)
  }
}

extension Deviation {
  /// What an operator must know of a cluster's nodes.
  fileprivate static func ofCluster(_ message: String) -> Deviation {
    Deviation(.remark, account: "", object: "cluster", privilege: "NODE", message: message)
  }
}
