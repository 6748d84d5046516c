import AccessManifest
import AccessPlanning
import DataAccess
import EventLoop
import Schema

/// The grants in a PostgreSQL database (16 or newer).
package struct PostgresGrants: GrantTarget {
  let manifest: AccessManifest
  let credentials: CredentialStore
  let administrator: Database
  private let probe: CredentialProbe
  let tables: [TableDefinition]
  let limits: LockLimits
  private let dropsRetired: Bool
  let focus: AccessFocus
  let triesLogins: Bool
  /// The verifiers of a run of ``apply()``, by account.
  var verifiers: [String: String] = [:]
  /// Hears of each login of a person that a commit ended, before anything else can fail.
  let hearsEnd: @Sendable (OpenedAccess) -> Void

  /// Reads and writes the grants in the database to which `administrator` is connected.
  ///
  /// `driver` connects as one of the manifest's accounts, to check whether the server accepts its credential. `limits`
  /// bounds the waits for tables that other sessions hold. Without `triesLogins`, no password is compared. `hearsEnd` is called after each commit that ended a person's
  /// login.
  package init(
    manifest: AccessManifest, credentials: CredentialStore, administrator: Database,
    driver: @escaping AccountDriver,
    loop: EventLoop, tables: [TableDefinition]? = nil, limits: LockLimits = LockLimits(),
    dropsRetired: Bool = false, focus: AccessFocus = .everything, triesLogins: Bool = true,
    hearsEnd: @escaping @Sendable (OpenedAccess) -> Void = { _ in }
  ) {
    self.manifest = manifest
    self.credentials = credentials
    self.administrator = administrator
    self.tables = tables ?? manifest.tables
    self.limits = limits
    self.dropsRetired = dropsRetired
    self.focus = focus
    self.triesLogins = triesLogins
    self.hearsEnd = hearsEnd
    probe = CredentialProbe(
      store: credentials, driver: driver, loop: loop, provesPassword: PostgresPasswords.provesPassword,
      isServing: { await Database.opens(administrator.driver, on: loop) })
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
    let opened = openings(in: actual).map { access in
      let end = actual.roles[access.person]?.validUntilText ?? ""
      return Deviation(
        .remark, account: access.person, object: "role", privilege: "LOGIN",
        message: "\(access.person) is open until \(end), \(access.rights.text): \(access.reason)")
    }
    return PostgresComparison(declared: declared(over: actual), actual: actual).deviations + opened
      + (try await preparedTransactions())
  }

  /// The transactions of the database that clients prepared and left, of every account.
  private func preparedTransactions() async throws(AccessError) -> [Deviation] {
    do {
      let rows = try await administrator.unsafeQuery(
        unsafeSQL: PostgresSQL.preparedTransactions, label: "read prepared transactions", isRead: true)
      return try (0..<rows.rowCount).map { row in
        let (name, owner) = (try rows.text(row, 0), try rows.text(row, 1))
        return .prepared("\(name) of \(owner)", by: owner, endedBy: "ROLLBACK PREPARED or COMMIT PREPARED")
      }
    } catch let error as DatabaseError {
      if error.isPermissionDenied { return [] }
      throw .database(error)
    } catch {
      throw .unsupported("\(error)")
    }
  }

  /// Makes the database match the manifest: the rights in one transaction, and retired accounts and the ends of sessions
  /// in transactions before and after it.
  ///
  /// A step that the server refuses is reported with its reason, and the others take effect. Where the server refuses the
  /// lock that keeps other changes of rights away, nothing is executed, and every step is reported. Any other failure
  /// undoes the steps of its transaction, and names those of the transactions before.
  package func apply() async throws(AccessError) -> AccessOutcome {
    try await refuseOtherLogins()
    var committed: [PlannedStep] = []
    do {
      return try await applyLocked(&committed)
    } catch {
      guard committed.isEmpty, case .database(let failure) = error, failure.isOfRefusedLock
      else { throw error.after(committed) }
      let plan = planner(for: try await actualState()).plan
      guard !plan.isEmpty else { throw error }
      return AccessOutcome(
        notExecuted: plan,
        note: "nothing was changed, because the server refused the lock of the rights: \(error)")
    }
  }

  /// Adds the steps of each transaction to `committed`, once the server has it.
  private func applyLocked(_ committed: inout [PlannedStep]) async throws(AccessError) -> AccessOutcome {
    let closed = try await closeRetired(&committed)
    let before = try await actualState()
    try requireTables(in: before)
    let planner = planner(for: before)
    let planned = planner.plan
    let ready = try withVerifiers(for: planned)
    let (suspended, changed) = try await ready.suspending(by: planner) {
      (kept, keptOut) async throws(AccessError) in
      try await ready.attempt(keepingOut: keptOut) { planner in
        planner.changes.filter { !kept.contains($0.text) }
      } state: {
        $0.credentials = before.credentials
      }
    }
    committed += suspended.done + changed.done
    let retired = try await retire(before)
    committed += retired.done
    let replaced = openAccounts(in: before).others.filter { account in
      changed.done.contains { $0.credentialAccount == account }
    }
    // Another login shows whether the obstacle of an account is gone.
    let unmended =
      planned.unmended.isEmpty
      ? []
      : planner.withoutFormerDefaults(
        self.planner(for: try await actualState()).plan.unmended, after: changed.done)
    return AccessOutcome(
      done: committed,
      remaining: closed.remaining + suspended.remaining + changed.remaining + retired.remaining,
      unmended: unmended,
      notes: closed.notes + suspended.notes + changed.notes + retired.notes
        + planner.notesOfOlderSessions(after: changed.done)
        + AccessOutcome.notes(ofReplaced: replaced, by: credentials), leftOut: planned.leftOut)
  }

  package func openAccounts() async throws(AccessError) -> OpenAccounts {
    openAccounts(
      in: try await stateWithCredentials { () async throws(DatabaseError) in
        try await administrator.transaction(.consistentRead) { (transaction) throws(DatabaseError) in
          try await reader(transaction).readLogins()
        }
      })
  }

  /// The administrator sees no verifier, so a role that can log in counts as one with a password. The server refuses every
  /// password of a role whose time has passed.
  private func openAccounts(in actual: PostgresState) -> OpenAccounts {
    let open = actual.credentials.filter { account, _ in
      guard let role = actual.roles[account] else { return false }
      return role.canLogin && role.validUntil.map { $0 > actual.now } ?? true
    }
    return OpenAccounts(open.mapValues { [$0] })
  }

  /// In a database of others, the plan takes the administrator's rights as given. A manifest that names another role, which
  /// may be one that a service made of itself, would take those of the tables' owner.
  private func refuseOtherLogins() async throws(AccessError) {
    guard manifest.isLive else { return }
    let login: String
    do throws(DatabaseError) {
      login = try await administrator.unsafeQuery(
        unsafeSQL: "SELECT current_user::text", label: "read the login", isRead: true
      ).text(0, 0)
    } catch {
      throw .database(error)
    }
    guard login != administratorAccount else { return }
    throw .unsupported(
      "the manifest's administrator of the database is \(administratorAccount), and the tool is connected as \(login): "
        + "set DB_USER to \(administratorAccount), or correct 'administrators'")
  }

  /// Plans again inside the transaction, and executes the steps that are the administrator's. It fails where one of `accounts`
  /// can log in.
  func attempt(
    keepingOut accounts: [String] = [], _ choose: @Sendable (PostgresPlanner) -> [PlannedStep],
    state complete: @Sendable (inout PostgresState) -> Void = { _ in }
  ) async throws(AccessError) -> AccessOutcome {
    try await reportingEnds { (transaction) throws(DatabaseError) in
      var actual = try await reader(transaction).read(keepingOut: accounts)
      complete(&actual)
      let planned = planner(for: actual)
      return (planned, try await run(choose(planned), of: planned, in: transaction))
    }
  }

  /// Runs `body` as ``locked(_:)`` does, and reports the logins of persons that its commit ended. Any of its steps may be
  /// such an end: the time of a login can pass between two transactions.
  func reportingEnds(
    _ body: (Transaction) async throws(DatabaseError) -> (plan: PostgresPlanner, outcome: AccessOutcome)
  ) async throws(AccessError) -> AccessOutcome {
    let (planned, outcome) = try await locked(body)
    for access in planned.endedLogins(by: outcome.done) { hearsEnd(access) }
    return outcome
  }

  /// Runs `body` in a transaction that keeps every other change of rights away.
  func locked<Value: Sendable>(
    _ body: (Transaction) async throws(DatabaseError) -> Value
  ) async throws(AccessError) -> Value {
    do {
      return try await administrator.withShortLocks(limits, tables: lockedTables) {
        (transaction) throws(DatabaseError) in
        for statement in opening { try await transaction.change(statement, label: Self.lockLabel) }
        return try await body(transaction)
      }
    } catch {
      guard error.isOfMissingTable, !manifest.isLive else { throw .database(error) }
      throw .notMigrated([SchemaMigrations.definition.name])
    }
  }

  // MARK: States

  private func actualState() async throws(AccessError) -> PostgresState {
    try await stateWithCredentials { () async throws(DatabaseError) in
      try await administrator.withShortLocks(limits) { (transaction) throws(DatabaseError) in
        try await reader(transaction).read()
      }
    }
  }

  /// What `read` finds in the catalog, with the server's answers to the accounts' passwords.
  private func stateWithCredentials(
    _ read: () async throws(DatabaseError) -> PostgresState
  ) async throws(AccessError) -> PostgresState {
    do {
      // The logins take longer than the catalog, so both run at once.
      async let credentials = credentialStates()
      var state = try await read()
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

  /// The server's answers to the accounts' passwords; none where no login is tried.
  private func credentialStates() async throws -> [String: CredentialState] {
    guard triesLogins else { return [:] }
    let roles = try await administrator.unsafeQuery(
      unsafeSQL: "SELECT rolname::text FROM pg_catalog.pg_roles", label: "read the roles' names", isRead: true
    )
    var existing: Set<String> = []
    for row in 0..<roles.rowCount { existing.insert(try roles.text(row, 0)) }
    return try await probe.states(of: manifest.databaseAccounts.map(\.name), existing: existing)
  }

  /// `opening` is the person whose login is being opened, the only one that gets rights.
  func planner(for actual: PostgresState, opening: String? = nil) -> PostgresPlanner {
    PostgresPlanner(
      declared: declared(over: actual, opening: opening), actual: actual, dropsRetired: dropsRetired,
      focus: focus)
  }

  /// What the manifest declares, with the logins of persons that are open now.
  func declared(over actual: PostgresState, opening: String? = nil) -> PostgresState {
    let open = openings(in: actual)
    var declared = PostgresState(
      declaredBy: manifest.adding(open.compactMap { $0.account(in: manifest) }), database: actual.database,
      tables: tables)
    if manifest.isLive || manifest.scope.mode != .strict {
      let known = Set(manifest.credentialNames + [administratorAccount])
      declared.former = Set(credentials.createdNames(besides: known))
      declared.dropsFormer = dropsRetired
    }
    for access in open { declared.roles[access.person]?.passwordExpires = true }
    declared.persons = Set(open.map(\.person)).subtracting([opening].compactMap(\.self))
    return declared.taking(asGiven: actual)
  }

  func reader(_ runner: any StatementRunner) -> PostgresCatalogReader {
    PostgresCatalogReader(runner, schemas: manifest.schemas, isLive: manifest.isLive)
  }

  /// The logins of persons whose time has not passed, and is no longer than an opening sets it.
  private func openings(in actual: PostgresState) -> [OpenedAccess] {
    actual.openings(administrator: administratorAccount).filter { access in
      access.until > actual.now && !access.endsTooLate(now: actual.now)
        && manifest.databaseAccount(named: access.person) == nil
    }
  }

  var administratorAccount: String { manifest.administrators.databaseAccount }

  /// The tables that one attempt locks: the record of migrations, and those whose policies it may change.
  var lockedTables: Int { manifest.rowScopedTables.count + 1 }

  // MARK: Statements

  /// The first statements of an apply.
  ///
  /// The database may be set to read only, which apply itself corrects. Two concurrent applies would each plan from a
  /// state that the other one changes. So apply takes a table lock that no service's account can take.
  ///
  /// A server may be set to make a role's creator a member of it; the administrator must not become one.
  var opening: [String] {
    [
      "SET TRANSACTION READ WRITE", manifest.isLive ? Self.liveLock : Self.lock,
      "SET LOCAL createrole_self_grant = ''",
    ]
  }

  static let lockLabel = "lock rights"

  private static let lock =
    "LOCK TABLE \(PostgresObject.table(SchemaMigrations.definition.name).qualified) IN SHARE ROW EXCLUSIVE MODE"

  /// A database that was not made here has no table for it.
  private static let liveLock = "SELECT pg_advisory_xact_lock(\(0x6275_6C6B_6170_706C))"
}

extension DatabaseError {
  /// Whether a statement names a table that the database does not have.
  fileprivate var isOfMissingTable: Bool { nativeCode == "42P01" }
}
