import AccessManifest
import AccessPlanning
import Cryptography
import DataAccess
import EventLoop
import Schema

/// The grants in a PostgreSQL database (16 or newer).
package struct PostgresGrants: GrantTarget {
  let manifest: AccessManifest
  private let credentials: CredentialStore
  let administrator: Database
  private let probe: CredentialProbe
  private let tables: [TableDefinition]
  let limits: LockLimits
  private let dropsRetired: Bool
  private let focus: AccessFocus
  /// Hears of each login of a person that a commit ended, before anything else can fail.
  let hearsEnd: @Sendable (OpenedAccess) -> Void

  /// Reads and writes the grants in the database to which `administrator` is connected.
  ///
  /// `driver` connects as one of the manifest's accounts, to check whether the server accepts its credential. `limits`
  /// bounds the waits for tables that other sessions hold. `hearsEnd` is called after each commit that ended a person's
  /// login.
  package init(
    manifest: AccessManifest, credentials: CredentialStore, administrator: Database,
    driver: @escaping AccountDriver,
    loop: EventLoop, tables: [TableDefinition]? = nil, limits: LockLimits = LockLimits(),
    dropsRetired: Bool = false, focus: AccessFocus = .everything,
    hearsEnd: @escaping @Sendable (OpenedAccess) -> Void = { _ in }
  ) {
    self.manifest = manifest
    self.credentials = credentials
    self.administrator = administrator
    self.tables = tables ?? manifest.tables
    self.limits = limits
    self.dropsRetired = dropsRetired
    self.focus = focus
    self.hearsEnd = hearsEnd
    probe = CredentialProbe(
      store: credentials, driver: driver, loop: loop, provesPassword: PostgresPasswords.provesPassword,
      isServing: { (try? await Database.probe(administrator.driver, on: loop)) != nil })
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
  }

  /// Makes the database match the manifest: the rights in one transaction, and retired accounts and the ends of sessions
  /// in transactions before and after it.
  ///
  /// A step that the server refuses to the administrator is reported as one for the superuser, and the others take
  /// effect. Any other failure undoes them all.
  package func apply() async throws(AccessError) -> AccessOutcome {
    try await refuseOtherLogins()
    let closed = try await closeRetired()
    let before = try await actualState()
    try requireTables(in: before)
    let planner = planner(for: before)
    let suspended = try await suspend(by: planner)
    let changed = try await attempt { planner in
      planner.changes
    } state: {
      $0.credentials = before.credentials
    }
    let retired = try await retire(before)
    // Another login shows whether the obstacle of an account is gone.
    let planned = planner.plan
    let unmended = planned.unmended.isEmpty ? [] : self.planner(for: try await actualState()).plan.unmended
    return AccessOutcome(
      done: closed + suspended.done + changed.done + retired.done,
      remaining: suspended.remaining + changed.remaining + retired.remaining,
      unmended: unmended, notes: suspended.notes + changed.notes + retired.notes, leftOut: planned.leftOut)
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

  /// Ends the logins of retired accounts, and then their sessions, each in a transaction of its own: a session comes back
  /// before the end of the login is committed. Its locks would stop every later step, the reading of the catalog too.
  private func closeRetired() async throws(AccessError) -> [PlannedStep] {
    let actual: PostgresState
    do {
      actual = try await administrator.transaction(.consistentRead) { (transaction) throws(DatabaseError) in
        try await reader(transaction).readLogins()
      }
    } catch {
      throw .database(error)
    }
    let found = PostgresComparison(declared: declared(over: actual), actual: actual).retirement
    guard found.contains(where: \.isUnclosed) else { return [] }
    var done: [PlannedStep] = []
    for part in [RetiredPart.logins, .sessions] { done += try await close(part).done }
    return done
  }

  /// Ends the logins or the sessions of retired accounts, or of one of them.
  func close(_ part: RetiredPart, of account: String? = nil) async throws(AccessError) -> AccessOutcome {
    try await reportingEnds { (transaction) throws(DatabaseError) in
      let planned = planner(for: try await reader(transaction).readLogins())
      return (planned, try await run(planned.closing(part, of: account), in: transaction))
    }
  }

  /// A transaction of its own, because an account whose closure is not committed comes back with a new session.
  private func retire(_ before: PostgresState) async throws(AccessError) -> AccessOutcome {
    let comparison = PostgresComparison(declared: declared(over: before), actual: before)
    guard !comparison.retired.isEmpty else { return AccessOutcome(done: []) }
    return try await attempt { $0.retirement }
  }

  /// Plans again inside the transaction, and executes the steps that are the administrator's.
  func attempt(
    _ choose: @Sendable (PostgresPlanner) -> [PlannedStep],
    state complete: @Sendable (inout PostgresState) -> Void = { _ in }
  ) async throws(AccessError) -> AccessOutcome {
    try await reportingEnds { (transaction) throws(DatabaseError) in
      var actual = try await reader(transaction).read()
      complete(&actual)
      let planned = planner(for: actual)
      return (planned, try await run(choose(planned), in: transaction))
    }
  }

  /// Runs `body` as ``locked(_:)`` does, and reports the logins of persons that its commit ended. Any of its steps may be
  /// such an end: the time of a login can pass between two transactions.
  private func reportingEnds(
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
        for statement in opening { try await transaction.change(statement, label: "lock rights") }
        return try await body(transaction)
      }
    } catch {
      guard error.isOfMissingTable, !manifest.isLive else { throw .database(error) }
      throw .notMigrated([SchemaMigrations.definition.name])
    }
  }

  func run(
    _ steps: [PlannedStep], in transaction: Transaction
  ) async throws(DatabaseError) -> AccessOutcome {
    let own = steps.filter { $0.authority == .administrator }
    var refusals: [PlannedStep: DatabaseError] = [:]
    for start in stride(from: 0, to: own.count, by: Self.stepsInSavepoint) {
      let group = own[start..<min(start + Self.stepsInSavepoint, own.count)]
      guard try await refusal(of: group, in: transaction) != nil else { continue }
      for step in group { refusals[step] = try await refusal(of: [step], in: transaction) }
    }
    return AccessOutcome(
      done: own.filter { refusals[$0] == nil },
      remaining: steps.compactMap { step in
        if step.authority != .administrator {
          step
        } else {
          refusals[step].map { _ in step.needing(.superuser) }
        }
      },
      notes: own.compactMap { step in
        refusals[step].map { "the server refused \(step.text): \($0.detail ?? $0.description)" }
      })
  }

  /// How many steps share a savepoint, and are sent together: three round trips for all of them in place of three for each.
  /// After a refusal each of them has a savepoint of its own, so that the refused one alone has no effect, and is named.
  static let stepsInSavepoint = 100

  /// Executes the steps, or none of them where the server refuses one to the administrator. Throws any other failure.
  private func refusal(
    of steps: ArraySlice<PlannedStep>, in transaction: Transaction
  ) async throws(DatabaseError) -> DatabaseError? {
    do throws(DatabaseError) {
      try await transaction.savepoint { (part) throws(DatabaseError) in
        for step in steps { for statement in try statements(of: step) { try await part.gather(statement) } }
      }
      return nil
    } catch {
      guard error.isPermissionDenied || error.isOfDependents else { throw error }
      return error
    }
  }

  func run(_ step: PlannedStep, in transaction: any StatementRunner) async throws(DatabaseError) {
    for statement in try statements(of: step) { _ = try await transaction.execute(statement) }
  }

  private func statements(of step: PlannedStep) throws(DatabaseError) -> [Query] {
    switch step.action {
    case .statement(let sql): [.change(sql, label: step.text)]
    case .statements(let all): all.map { .change($0, label: $0) }
    case .statementsEndingSessions:
      throw DatabaseError(
        .other, operation: "execute \(step.text)",
        detail: "PostgreSQL ends sessions by a statement of their own")
    case .setCredential(let account):
      [.change(try credentialStatement(for: account), label: step.text)]
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
      var state = try await administrator.withShortLocks(limits) { (transaction) throws(DatabaseError) in
        try await reader(transaction).read()
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

  func planner(for actual: PostgresState) -> PostgresPlanner {
    PostgresPlanner(
      declared: declared(over: actual), actual: actual, dropsRetired: dropsRetired, focus: focus)
  }

  /// What the manifest declares, with the logins of persons that are open now.
  private func declared(over actual: PostgresState) -> PostgresState {
    let open = openings(in: actual)
    var declared = PostgresState(
      declaredBy: manifest.adding(open.compactMap { $0.account(in: manifest) }), database: actual.database,
      tables: tables)
    if manifest.isLive || manifest.scope.mode != .strict {
      let known = Set(manifest.credentialNames + [administratorAccount])
      declared.former = Set(credentials.generatedNames(besides: known))
      declared.dropsFormer = dropsRetired
    }
    for access in open { declared.roles[access.person]?.passwordExpires = true }
    return declared.taking(asGiven: actual)
  }

  func reader(_ runner: any StatementRunner) -> PostgresCatalogReader {
    PostgresCatalogReader(runner, schemas: manifest.schemas, isLive: manifest.isLive)
  }

  /// The logins of persons whose time has not passed.
  private func openings(in actual: PostgresState) -> [OpenedAccess] {
    actual.openings(administrator: administratorAccount).filter { access in
      access.until > actual.now && manifest.databaseAccount(named: access.person) == nil
    }
  }

  var administratorAccount: String { manifest.administrators.databaseAccount }

  func requireTables(in state: PostgresState) throws(AccessError) {
    let missing = tables.filter { state.owners[.relation($0)] == nil }.map(\.name)
    guard missing.isEmpty else { throw .notMigrated(missing) }
  }

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

  private static let lock =
    "LOCK TABLE \(PostgresObject.table(SchemaMigrations.definition.name).qualified) IN SHARE ROW EXCLUSIVE MODE"

  /// A database that was not made here has no table for it.
  private static let liveLock = "SELECT pg_advisory_xact_lock(\(0x6275_6C6B_6170_706C))"
}

extension DatabaseError {
  /// Whether objects that another role owns depend on what a step drops: those of a retired account in another database.
  var isOfDependents: Bool { nativeCode == "2BP01" }

  /// Whether a statement names a table that the database does not have.
  fileprivate var isOfMissingTable: Bool { nativeCode == "42P01" }
}
