import AccessPlanning
import DataAccess
import EventLoop

/// Executes the steps of one run. No statement waits for a lock for long: what it waits for keeps the sessions behind it
/// waiting too.
struct MariaDBStepRunner {
  private let session: any StatementRunner
  /// The database of the session.
  private let database: Database
  /// Whether the steps are those of one node alone.
  private let isOnOneNode: Bool
  private let loop: EventLoop
  private let catalog: RightsCatalog
  /// The nodes to which a statement about sessions does not reach.
  private let others: [MariaDBNodes.Node]
  /// How long the steps may wait for locks. What one has waited, the others have not.
  private var locks: LockLimits

  /// After so many attempts at what sessions of an account hold, these sessions end: some seconds, in which a transaction of
  /// a service ends by itself.
  private static let attemptsBeforeEnding = 4

  /// `catalog` is that of the server behind `session`.
  init(
    _ session: any StatementRunner, of database: Database, onlyThere isOnOneNode: Bool = false,
    on loop: EventLoop, in catalog: RightsCatalog, killingOn others: [MariaDBNodes.Node] = [],
    locks: LockLimits = LockLimits()
  ) {
    (self.session, self.database, self.isOnOneNode) = (session, database, isOnOneNode)
    (self.loop, self.catalog) = (loop, catalog)
    (self.others, self.locks) = (others, locks)
  }

  /// Limits the waits of the statements that follow in the session.
  func limitWaits() async throws(DatabaseError) {
    guard let waits = session.dialect.definitions.lockWaits else { return }
    try await session.change(waits.limit(locks.attemptMilliseconds), label: "limit waits")
  }

  /// Executes a step, and returns what an operator must know of it. `login` is the statement of a step that sets a
  /// credential. An account that a failed step has locked, and that was open before, is open again.
  mutating func run(_ step: PlannedStep, login: String? = nil) async throws(DatabaseError) -> [String] {
    do {
      return try await execute(step, login)
    } catch {
      throw await reopened(step.undo, after: error)
    }
  }

  private mutating func execute(_ step: PlannedStep, _ login: String?) async throws(DatabaseError) -> [String]
  {
    switch step.action {
    case .statement(let sql): try await change(sql, label: step.text)
    case .statements(let all): try await changeAll(all)
    case .statementsEndingSessions(let first, let owners, let last):
      try await changeAll(first)
      for owner in owners { try await endSessions(of: owner) }
      try await changeAll(last)
    case .statementEndingHolders(let sql, let owner, let first, let last):
      return try await change(sql, endingHoldersOf: owner, first, last)
    case .setCredential(let account): try await setCredential(of: account, step, login)
    }
    return []
  }

  private mutating func setCredential(
    of account: String, _ step: PlannedStep, _ login: String?
  ) async throws(DatabaseError) {
    guard let login else {
      throw DatabaseError(
        .other, operation: "set the credential of \(account)", detail: "its password was not read")
    }
    let grantee = MariaDBGrantee(user: account)
    if !step.createsAccount {
      try await changeAll([MariaDBPlanner.lock(grantee)])
      try await endSessions(of: .account(account))
    }
    try await change(login, label: step.text)
    guard catalog.keepsTwoPasswords else { return }
    try await changeAll(["ALTER USER \(grantee.sql) \(RightsCatalog.discardSecond)"])
  }

  /// Lets accounts in again after a failure, which is what the run reports, and adds those that stay locked.
  func reopened(_ statements: [String], after error: DatabaseError) async -> DatabaseError {
    error.adding(await reopen(statements))
  }

  /// Lets accounts in again: over a new connection where this one is lost, or a signal has stopped its statements. Returns
  /// what an operator must do where neither can.
  func reopen(_ statements: [String]) async -> [String] {
    var left: [String] = []
    for sql in statements {
      do throws(DatabaseError) {
        try await session.change(sql, label: sql)
      } catch {
        do throws(DatabaseError) {
          try await reopenAnew(sql)
        } catch {
          left.append(
            "an account is still locked (\(error.detail ?? error.description)): run the command again, or \(sql)"
          )
        }
      }
    }
    return left
  }

  private func reopenAnew(_ sql: String) async throws(DatabaseError) {
    try await database.repair { (own) throws(DatabaseError) in
      try await own.session("let an account in") { (session) throws(DatabaseError) in
        if isOnOneNode { try await MariaDBNodes.keepToNode(session) }
        try await session.change(sql, label: sql)
      }
    }
  }

  // MARK: Locks

  private mutating func changeAll(_ statements: [String]) async throws(DatabaseError) {
    for sql in statements { try await change(sql, label: sql) }
  }

  /// Executes a statement, and again after a pause while other sessions hold what it needs. Between two attempts, the
  /// sessions behind it go on.
  ///
  /// - Throws: ``DatabaseError/Kind/lockTimeout`` after that many attempts, or when the time of the run is over.
  private mutating func change(
    _ sql: String, label: String, attempts most: Int = .max
  ) async throws(DatabaseError) {
    var attempts = LockAttempts(locks)
    while true {
      do throws(DatabaseError) {
        try await session.change(sql, label: label)
        if attempts.count > 0 { locks.totalMilliseconds = attempts.remainingMilliseconds }
        return
      } catch {
        guard error.isLockConflict || error.isRetryable else { throw error }
        let holders = await attempts.holders(seenBy: session)
        guard let pause = attempts.nextPauseMilliseconds(), attempts.count < most else {
          locks.totalMilliseconds = attempts.remainingMilliseconds
          throw DatabaseError(
            .lockTimeout, nativeCode: error.nativeCode, operation: error.operation, detail: holders)
        }
        await loop.sleep(milliseconds: pause)
      }
    }
  }

  /// Executes a statement. An account cannot keep what concerns it from being changed: its sessions that do so end.
  private mutating func change(
    _ sql: String, endingHoldersOf owner: PlannedStep.SessionOwner, _ first: [String], _ last: [String]
  ) async throws(DatabaseError) -> [String] {
    do {
      try await change(sql, label: sql, attempts: Self.attemptsBeforeEnding)
      return []
    } catch {
      guard error.kind == .lockTimeout else { throw error }
      do {
        try await changeAll(first)
        try await endSessions(of: owner)
        try await change(sql, label: sql)
        try await changeAll(last)
      } catch {
        // The account is as open as it was before: another session than its own may hold the lock.
        throw await reopened(last, after: error)
      }
      return ["ended the sessions of \(owner.name), which kept this waiting: \(sql) (\(error.detail ?? ""))"]
    }
  }

  // MARK: Sessions

  private func endSessions(of owner: PlannedStep.SessionOwner) async throws(DatabaseError) {
    try await end(owner, session)
    for node in others {
      try await MariaDBNodes.waitForCluster(at: node)
      try await end(owner, node.database)
    }
  }

  private func end(
    _ owner: PlannedStep.SessionOwner, _ runner: any StatementRunner
  ) async throws(DatabaseError) {
    switch owner {
    case .account(let account) where catalog.killsUsers:
      let kill = RightsCatalog.ending(sessionsOf: account)
      try await runner.change(kill, label: kill)
    case .account(let account): try await AccountSessions(runner).end(of: account, before: .max)
    case .login(let account, let hosts, let others):
      try await AccountSessions(runner).end(of: account, from: hosts, besides: others)
    case .hosts(let pattern): try await AccountSessions(runner).end(from: pattern)
    }
  }
}

extension PlannedStep.SessionOwner {
  fileprivate var name: String {
    switch self {
    case .account(let account), .login(let account, _, _): account
    case .hosts(let pattern): "accounts from \(pattern)"
    }
  }
}

extension PlannedStep {
  /// Whether it sets the credential of an account that it makes new.
  var createsAccount: Bool { text.hasPrefix("CREATE") }

  /// Whether a statement of it carries a hash, which a server that checks passwords may refuse.
  var setsHash: Bool { credentialAccount != nil || text.contains(" IDENTIFIED ") }

  /// The statements that let accounts in again which it, or a step with it, keeps out.
  var admissions: [String] {
    if case .statementEndingHolders(_, _, _, let last) = action { undo + last } else { undo }
  }

  /// The accounts that must not get more before the step is done: it closes them, or sets their credential or view.
  var restrained: Set<String> {
    switch action {
    case .setCredential(let account), .statementEndingHolders(_, of: .account(let account), _, _): [account]
    case .statementsEndingSessions(_, let owners, _):
      Set(
        owners.compactMap { owner in
          if case .account(let account) = owner { account } else { nil }
        })
    case .statement, .statements, .statementEndingHolders: []
    }
  }
}
