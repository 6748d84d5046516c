import DataAccess
import Synchronization

/// Tries the database's cells, account by account, in transactions that are never committed.
struct DatabaseProver: Sendable {
  let database: ProofDatabase
  let matrix: DatabaseMatrix
  let rows: RowMatrix
  let fixture: ProbeRowFixture
  var residues: ResidueProbes
  let survey: DatabaseSurvey

  /// The number of cells, including one for each login.
  var cells: Int {
    let identities = rows.rows.map { _ in Int64?(0) }
    let untried = survey.reasonAgainstWrongPasswords == nil ? 0 : 1
    return matrix.accounts.reduce(logins.count + untried) { sum, account in
      sum + 1 + plainProbes(for: account).count + rowProbes(for: account, identities).count
    }
  }

  private var logins: [LoginAttempt] {
    guard database.login != nil else { return [] }
    return LoginAttempt.all(
      .database, accounts: matrix.accounts,
      strangers: matrix.chosen.isEmpty ? strangers : [], withWrongPasswords: survey.admitsWrongPasswords)
  }

  private var strangers: [String] {
    let usual = database.escapeAttempts.strangers
    return usual + survey.logins.filter { !usual.contains($0) }
  }

  /// Looks at the server for the residues that depend on what it is.
  mutating func findClosedResidues() async throws(DatabaseError) {
    residues.closed = try await residues.closed(in: database.administrator)
  }

  /// Tries every cell, several accounts at a time. The cells that need probe rows come last, so that the rows exist for
  /// a short time only. The prover removes the rows even after an error or a cancellation.
  func run(_ collector: ResultCollector) async throws(ProofError) {
    try await tryLogins(collector)
    let admitted = AdmittedAccounts()
    try await each(matrix.accounts, collector) { (account, report) throws(ProofError) in
      let probes = plainProbes(for: account)
      if try await attempt(probes, as: account, isFirst: true, report.take) { admitted.insert(account) }
    }
    let accounts = matrix.accounts.filter(admitted.contains)
    guard let guarding = database.escapeAttempts.rowGuard, !rows.rows.isEmpty else {
      return try await tryRows(as: accounts, collector)
    }
    try await guarding.protecting(fixture.removals, on: database) { () throws(ProofError) in
      try await tryRows(as: accounts, collector)
    }
  }

  private func tryRows(as accounts: [String], _ collector: ResultCollector) async throws(ProofError) {
    let placement: ProbeRowFixture.Placement
    do {
      placement = try await fixture.place()
    } catch {
      throw .probeRows(error)
    }
    report(placement.refusals, ProofCell.insertingRows, collector)
    let failure = await rowFailure(of: accounts, placement.identities, collector)
    // A new task, because a statement of a cancelled one is not sent.
    let removal = await Task { () async -> Result<[ProbeRowFixture.Refusal], DatabaseError> in
      do throws(DatabaseError) {
        return .success(try await fixture.remove())
      } catch {
        return .failure(error)
      }
    }.value
    if let failure { throw failure }
    do {
      report(try removal.get(), "remove the proof's rows", collector)
    } catch {
      throw .probeRows(error)
    }
  }

  /// Reports tables that refused the administrator, who may do all of that by the manifest.
  private func report(
    _ refusals: [ProbeRowFixture.Refusal], _ verb: String, _ collector: ResultCollector
  ) {
    guard !refusals.isEmpty else { return }
    let part = collector.nextPart()
    for refusal in refusals {
      let cell = ProofCell(
        .database, account: matrix.manifest.administrators.databaseAccount, object: refusal.table, verb: verb,
        expected: .allowed)
      part.take(ProofResult(cell: cell, outcome: ProofOutcome(refusal.error)))
    }
  }

  private func tryLogins(_ collector: ResultCollector) async throws(ProofError) {
    if let reason = survey.reasonAgainstWrongPasswords {
      collector.nextPart().take(
        ProofResult(cell: LoginAttempt.untried(.database), outcome: .failed(code: "untried", message: reason))
      )
    }
    let attempts = logins.map { (attempt: $0, part: collector.nextPart()) }
    try await forEachConcurrently(attempts, limit: limit, on: database.loop) { login in
      let outcome = await database.outcome(of: login.attempt)
      login.part.take(ProofResult(cell: login.attempt.cell, outcome: outcome))
    }
  }

  /// Runs `body` for each account, on the loop of the connections: so no statement changes its thread.
  private func each(
    _ accounts: [String], _ collector: ResultCollector,
    _ body: @escaping @Sendable (_ account: String, ResultCollector.Part) async throws(ProofError) -> Void
  ) async throws(ProofError) {
    let parts = accounts.map { (account: $0, report: collector.nextPart()) }
    try await forEachConcurrently(parts, limit: limit, on: database.loop) { (part) throws(ProofError) in
      try await body(part.account, part.report)
    }
  }

  private var limit: Int { database.escapeAttempts.concurrentAccounts }

  private func plainProbes(for account: String) -> [DatabaseProbe] {
    let isService = matrix.manifest.databaseAccount(named: account) != nil
    let engine = isService ? database.escapeAttempts.probes(for: account, manifest: matrix.manifest) : []
    let found = isService ? (survey.attempts[account] ?? []).map { $0.probe(for: account) } : []
    return matrix.probes(for: account) + engine + found + (isService ? residues.probes(for: account) : [])
  }

  private func rowProbes(for account: String, _ identities: [Int64?]) -> [DatabaseProbe] {
    rows.probes(for: account, identities: identities)
      + residues.probes(for: account, rows: rows.rows, identities: identities)
  }

  private func rowFailure(
    of accounts: [String], _ identities: [Int64?], _ collector: ResultCollector
  ) async -> ProofError? {
    do throws(ProofError) {
      try await each(accounts, collector) { (account, report) throws(ProofError) in
        let probes = rowProbes(for: account, identities)
        _ = try await attempt(probes, as: account, isFirst: false, report.take)
      }
      return nil
    } catch {
      return error
    }
  }

  // MARK: One account

  /// Tries one cell of a table alone, in a session and a transaction of its own. The results are the login and the cell;
  /// the login alone where the account could not connect, and nothing where the matrix has no such cell.
  func tryAlone(_ chosen: ChosenCell) async throws(ProofError) -> [ProofResult] {
    let probe = matrix.probes(for: chosen.account).first { chosen.isCell($0.cell) }
    guard let probe, matrix.accounts.contains(chosen.account) else { return [] }
    var results: [ProofResult] = []
    _ = try await attempt([probe], as: chosen.account, isFirst: true) { results.append($0) }
    return results
  }

  /// Returns whether the account could connect. The login is a cell of its own; without it the others are not tried.
  private func attempt(
    _ probes: [DatabaseProbe], as account: String, isFirst: Bool, _ report: (ProofResult) -> Void
  ) async throws(ProofError) -> Bool {
    var isLoggedIn = !isFirst
    var undoFailure: DatabaseError?
    do {
      let isAdministrator = account == matrix.manifest.administrators.databaseAccount
      try await database.session(as: account, isAdministrator: isAdministrator) {
        (session) throws(DatabaseError) in
        if isFirst { report(ProofResult(cell: Self.cell(account, Self.connect), outcome: .allowed)) }
        isLoggedIn = true
        undoFailure = try await attempt(probes, in: session, report)
      }
      if let undoFailure { throw ProofError.database(undoFailure) }
      return true
    } catch let error as ProofError {
      throw error
    } catch let error as DatabaseError {
      guard await isOfAccount(error, account, isLoggedIn: isLoggedIn) else { throw .database(error) }
      let cell = Self.cell(account, isLoggedIn ? "keep a session" : Self.connect)
      report(ProofResult(cell: cell, outcome: ProofOutcome(error)))
      return false
    } catch {
      let outcome = ProofOutcome.failed(code: "credential", message: "\(error)")
      report(ProofResult(cell: Self.cell(account, Self.connect), outcome: outcome))
      return false
    }
  }

  /// The verb of an account's own login.
  static let connect = "connect"

  private static func cell(_ account: String, _ verb: String) -> ProofCell {
    ProofCell(.database, account: account, object: "database", verb: verb, expected: .allowed)
  }

  /// Whether an error concerns this account alone: the server refused its login, or ended its session and serves others.
  private func isOfAccount(_ error: DatabaseError, _ account: String, isLoggedIn: Bool) async -> Bool {
    if !isLoggedIn, error.isRefusal { return true }
    guard account != matrix.manifest.administrators.databaseAccount, error.kind != .lockTimeout else {
      return false
    }
    return await Database.opens(database.administrator.driver, on: database.loop)
  }

  /// Tries the cells in one transaction and rolls each back to the same savepoint.
  ///
  /// The administrator undoes what a rollback does not undo. That follows the transaction, when its locks are
  /// released, and also where the transaction could not be rolled back. Returns the error of an undo, which is the
  /// administrator's and not the account's.
  private func attempt(
    _ probes: [DatabaseProbe], in session: Session, _ report: (ProofResult) -> Void
  ) async throws(DatabaseError) -> DatabaseError? {
    var statements: [String] = []
    let failure: DatabaseError?
    do {
      try await attempt(probes, in: session, undo: &statements, report)
      failure = nil
    } catch {
      failure = error
    }
    let undoFailure = await undo(statements)
    if let failure { throw failure }
    return undoFailure
  }

  /// Executes every statement, and returns the first error.
  private func undo(_ statements: [String]) async -> DatabaseError? {
    var failure: DatabaseError?
    for statement in statements {
      do {
        _ = try await database.administrator.unsafeQuery(unsafeSQL: statement, label: "undo an attempt")
      } catch {
        failure = failure ?? error
      }
    }
    return failure
  }

  private func attempt(
    _ probes: [DatabaseProbe], in session: Session, undo: inout [String],
    _ report: (ProofResult) -> Void
  ) async throws(DatabaseError) {
    let dialect = session.dialect
    _ = try await session.execute(dialect.begin(.readWrite))
    if let waits = dialect.definitions.lockWaits {
      let limit = waits.limit(database.locks.milliseconds(forEachOf: ProbeBatch.size))
      _ = try await session.unsafeQuery(unsafeSQL: limit, label: "limit waits")
    }
    _ = try await session.execute(dialect.savepoint(depth: 1))
    for start in stride(from: 0, to: probes.count, by: ProbeBatch.size) {
      let batch = ProbeBatch(
        probes: probes[start..<min(start + ProbeBatch.size, probes.count)],
        reset: dialect.resetOfProbe)
      try await attempt(batch, in: session, undo: &undo, report)
    }
    _ = try await session.execute(dialect.rollback)
  }

  private func attempt(
    _ batch: ProbeBatch, in session: Session, undo: inout [String], _ report: (ProofResult) -> Void
  ) async throws(DatabaseError) {
    let results = try batch.results(await session.executeAll(batch.statements))
    for (probe, first) in zip(batch.probes, results) {
      let outcome = try await outcome(of: probe, first, in: session)
      if !outcome.isDenied { undo += probe.undo }
      report(
        ProofResult(cell: probe.cell, outcome: outcome, statement: probe.text(in: session.dialect)))
    }
  }

  /// The outcome, after a rollback to the savepoint. A cell that meets a lock says nothing about rights: it is tried
  /// again, and a lock that stays ends the proof.
  private func outcome(
    of probe: DatabaseProbe, _ first: ProbeBatch.Outcome, in session: Session
  ) async throws(DatabaseError) -> ProofOutcome {
    var attempts = LockAttempts(database.locks)
    var result = first
    while case .failure(let error) = result, error.isLockConflict {
      let holders = await attempts.holders(seenBy: database.administrator)
      guard let pause = attempts.nextPauseMilliseconds() else {
        throw DatabaseError(
          .lockTimeout, nativeCode: error.nativeCode, operation: error.operation, detail: holders)
      }
      await database.loop.sleep(milliseconds: pause)
      let batch = ProbeBatch(probes: [probe], reset: session.dialect.resetOfProbe)
      result = try batch.results(await session.executeAll(batch.statements))[0]
    }
    if result.outcome.isNotTried {
      let batch = ProbeBatch(probes: [probe], reset: session.dialect.resetOfProbe)
      result = try batch.results(await session.executeAll(batch.statements))[0]
    }
    return result.outcome
  }
}

extension Dialect {
  /// The statements after a cell. Where the engine commits before a definition changes, even before it refuses the change,
  /// the transaction and its savepoints are gone, so the next cell gets a transaction of its own.
  fileprivate var resetOfProbe: [any Statement] {
    self.hasTransactionalDDL ? [rollback(toDepth: 1)] : [rollback, begin(.readWrite)]
  }
}

extension Result<ProofOutcome, DatabaseError> {
  fileprivate var outcome: ProofOutcome {
    switch self {
    case .success(let outcome): outcome
    case .failure(let error): ProofOutcome(error)
    }
  }
}

extension ProofOutcome {
  /// The outcome of a failed statement. Where the server was full or ended, it shows nothing about a right.
  init(_ error: DatabaseError) {
    let message = error.detail ?? error.description
    self =
      error.isPermissionDenied
      ? .denied(code: error.nativeCode, message: message)
      : error.isOfServersState
        ? .notTried(code: error.nativeCode, message: message)
        : .failed(code: error.nativeCode, message: message)
  }
}

extension DatabaseError {
  /// Whether the state of the server or another session is the reason, and nothing that concerns the account alone: a
  /// setting of a role can end its statements, make it read-only or limit its connections.
  fileprivate var isOfServersState: Bool {
    isLockConflict || kind == .storageFull || kind == .shuttingDown
  }

  /// Whether the server answered and refused the login.
  fileprivate var isRefusal: Bool {
    switch kind {
    case .authenticationFailed, .permissionDenied, .tooManyConnections: true
    case .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation, .serializationFailure,
      .deadlock, .lockTimeout, .statementTimeout, .cancelled, .connectionLost, .connectionRefused,
      .readOnlyServer,
      .storageFull, .unreadableFile,
      .acquireTimeout, .shuttingDown, .valueOutOfRange, .invalidStatement, .decoding, .other:
      false
    }
  }
}

/// The accounts that could connect, noted by tasks that run at the same time.
private final class AdmittedAccounts: Sendable {
  private let names = Mutex<Set<String>>([])

  func insert(_ name: String) {
    names.withLock { _ = $0.insert(name) }
  }

  func contains(_ name: String) -> Bool {
    names.withLock { $0.contains(name) }
  }
}
