import DataAccess

/// Tries the database's cells, account by account, in transactions that are never committed.
struct DatabaseProver: Sendable {
  let database: ProofDatabase
  let matrix: DatabaseMatrix
  let rows: RowMatrix
  let fixture: ProbeRowFixture

  /// The number of cells, including one for each login.
  var cells: Int {
    let identities = rows.rows.map { _ in Int64(0) }
    return matrix.accounts.reduce(logins.count) { sum, account in
      sum + 1 + plainProbes(for: account).count + rows.probes(for: account, identities: identities).count
    }
  }

  private var logins: [LoginAttempt] {
    guard database.login != nil else { return [] }
    return LoginAttempt.all(
      .database, accounts: matrix.accounts, strangers: database.escapeAttempts.strangers)
  }

  /// Tries every cell. The cells that need probe rows come last, so that the rows exist for a short time only. The
  /// prover removes the rows even after an error.
  func run(_ report: (ProofResult) -> Void) async throws(ProofError) {
    for attempt in logins {
      report(ProofResult(cell: attempt.cell, outcome: await database.outcome(of: attempt)))
    }
    var admitted: [String] = []
    for account in matrix.accounts {
      let probes = plainProbes(for: account)
      if try await attempt(probes, as: account, isFirst: true, report) { admitted.append(account) }
    }
    let identities: [Int64]
    do {
      identities = try await fixture.place()
    } catch {
      throw .probeRows(error)
    }
    let failure = await rowFailure(of: admitted, identities, report)
    do {
      try await fixture.remove()
    } catch {
      throw .probeRows(error)
    }
    if let failure { throw failure }
  }

  private func plainProbes(for account: String) -> [DatabaseProbe] {
    let isService = matrix.manifest.databaseAccount(named: account) != nil
    let engine = isService ? database.escapeAttempts.probes(for: account, manifest: matrix.manifest) : []
    return matrix.probes(for: account) + engine
  }

  private func rowFailure(
    of accounts: [String], _ identities: [Int64], _ report: (ProofResult) -> Void
  ) async -> ProofError? {
    do {
      for account in accounts {
        _ = try await attempt(
          rows.probes(for: account, identities: identities), as: account, isFirst: false, report)
      }
      return nil
    } catch {
      return error
    }
  }

  // MARK: One account

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
        if isFirst { report(ProofResult(cell: Self.cell(account, "connect"), outcome: .allowed)) }
        isLoggedIn = true
        undoFailure = try await attempt(probes, in: session, report)
      }
      if let undoFailure { throw ProofError.database(undoFailure) }
      return true
    } catch let error as ProofError {
      throw error
    } catch let error as DatabaseError {
      guard await isOfAccount(error, account, isLoggedIn: isLoggedIn) else { throw .database(error) }
      let cell = Self.cell(account, isLoggedIn ? "keep a session" : "connect")
      report(ProofResult(cell: cell, outcome: ProofOutcome(error)))
      return false
    } catch {
      let outcome = ProofOutcome.failed(code: "credential", message: "\(error)")
      report(ProofResult(cell: Self.cell(account, "connect"), outcome: outcome))
      return false
    }
  }

  private static func cell(_ account: String, _ verb: String) -> ProofCell {
    ProofCell(.database, account: account, object: "database", verb: verb, expected: .allowed)
  }

  /// Whether an error concerns this account alone: the server refused its login, or ended its session and serves others.
  private func isOfAccount(_ error: DatabaseError, _ account: String, isLoggedIn: Bool) async -> Bool {
    if !isLoggedIn, error.isRefusal { return true }
    guard account != matrix.manifest.administrators.databaseAccount, error.kind != .lockTimeout else {
      return false
    }
    return (try? await Database.probe(database.administrator.driver, on: database.loop)) != nil
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
      let limit = waits.limit(database.locks.attemptMilliseconds)
      _ = try await session.unsafeQuery(unsafeSQL: limit, label: "limit waits")
    }
    _ = try await session.execute(dialect.savepoint(depth: 1))
    for probe in probes {
      let outcome = try await outcome(of: probe, in: session)
      if !outcome.isDenied { undo += probe.undo }
      report(ProofResult(cell: probe.cell, outcome: outcome))
    }
    _ = try await session.execute(dialect.rollback)
  }

  /// The outcome, after a rollback to the savepoint. A cell that meets a lock says nothing about rights: it is tried
  /// again, and a lock that stays ends the proof.
  private func outcome(of probe: DatabaseProbe, in session: Session) async throws(DatabaseError)
    -> ProofOutcome
  {
    var attempts = LockAttempts(database.locks)
    while true {
      let result = await attempt(probe, in: session)
      _ = try await session.execute(session.dialect.rollback(toDepth: 1))
      guard case .failure(let error) = result, error.kind == .lockTimeout else {
        return result.outcome
      }
      let holders = await database.administrator.lockHolders()
      guard let pause = attempts.nextPauseMilliseconds() else {
        throw DatabaseError(
          .lockTimeout, nativeCode: error.nativeCode, operation: error.operation, detail: holders)
      }
      await database.loop.sleep(milliseconds: pause)
    }
  }

  private func attempt(
    _ probe: DatabaseProbe, in session: Session
  ) async -> Result<ProofOutcome, DatabaseError> {
    do {
      for statement in probe.preparation { _ = try await session.execute(statement) }
      let result = try await session.execute(probe.statement)
      return switch probe.success {
      case .completion: .success(.allowed)
      case .aRowRead: .success(result.rowCount > 0 ? .allowed : .unseen)
      case .aRowChanged: .success(result.affectedRows > 0 ? .allowed : .unseen)
      }
    } catch {
      return .failure(error)
    }
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
  /// The outcome of a failed statement.
  init(_ error: DatabaseError) {
    let message = error.detail ?? error.description
    self =
      error.isPermissionDenied
      ? .denied(code: error.nativeCode, message: message) : .failed(code: error.nativeCode, message: message)
  }
}

extension DatabaseError {
  /// Whether the server answered and refused the login.
  fileprivate var isRefusal: Bool {
    switch kind {
    case .authenticationFailed, .permissionDenied, .tooManyConnections: true
    case .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation, .serializationFailure,
      .deadlock, .lockTimeout, .statementTimeout, .connectionLost, .connectionRefused, .readOnlyServer,
      .storageFull,
      .acquireTimeout, .shuttingDown, .valueOutOfRange, .invalidStatement, .decoding, .other:
      false
    }
  }
}
