import DataAccess

/// One run at a time.
extension MigrationEngine {
  /// Runs `body` while no migration runs, and no other body of this kind: changes of rights, which an engine without
  /// transactions for them commits one by one.
  package func keepingOthersOut<Value: Sendable>(
    _ body: () async -> Value
  ) async throws(MigrationError) -> Value {
    try await exclusively({ _ in }) { (_) async throws(MigrationError) -> Value in await body() }
  }

  /// Runs `body` with the table of versions and, where the engine has one, with the lock of migrations. A session of
  /// its own holds the lock, because some statements cannot run inside its transaction.
  func exclusively<Result>(
    _ report: @escaping Report, _ body: (Sessions) async throws(MigrationError) -> Result
  ) async throws(MigrationError) -> Result {
    switch database.dialect.sessionLock {
    case .writing:
      return try await inSession("migrate") { session throws(MigrationError) in
        try await attempting(report, { _ in "a session that writes" }) { () throws(DatabaseError) in
          try await MigrationRecord.prepareTable(session)
        }
        return try await body(Sessions(work: session, lock: nil, check: nil, number: nil))
      }
    case .claim(let claim):
      return try await inSession("lock migrations") { lock throws(MigrationError) in
        try await holding(MigrationClaimHolder(claim, lock), report, body)
      }
    case .transaction(let settings, let take, let check, let holders):
      return try await inSession("lock migrations") { lock throws(MigrationError) in
        try await run(settings, in: lock)
        let holder = { @Sendable () async -> String in await text(holders, in: lock) }
        try await attempting(report, { _ in await holder() }) { () throws(DatabaseError) in
          try await prepare(lock)
          try await self.take(take, in: lock)
        }
        return try await working(lock, check: .statement(check), body)
      }
    }
  }

  /// Runs `body` again while it fails for a lock, until the wait is over. A body that reads or renews has no holder to name.
  func retrying<Value>(
    _ body: () async throws(DatabaseError) -> Value
  ) async throws(MigrationError) -> Value {
    var attempts = LockAttempts(waits)
    while true {
      do throws(DatabaseError) {
        return try await body()
      } catch {
        guard error.isLockConflict, let pause = attempts.nextPauseMilliseconds() else {
          throw .database(error)
        }
        try await self.pause(pause)
      }
    }
  }

  private func working<Result>(
    _ lock: Session, check: Sessions.Check, _ body: (Sessions) async throws(MigrationError) -> Result
  ) async throws(MigrationError) -> Result {
    try await inSession("migrate") { work throws(MigrationError) in
      try await run(work.dialect.definitions.sessionSettings, in: work)
      return try await body(Sessions(work: work, lock: lock, check: check, number: await number(of: work)))
    }
  }

  /// Runs `body` with the claim, which a task renews meanwhile and which ends with it.
  private func holding<Result>(
    _ claim: MigrationClaimHolder, _ report: Report, _ body: (Sessions) async throws(MigrationError) -> Result
  ) async throws(MigrationError) -> Result {
    try await run(claim.claim.settings, in: claim.session)
    var observation = ClaimObservation(expiryMilliseconds: claimExpiryMilliseconds)
    try await attempting(report, { _ in await text(claim.claim.holder, in: claim.session) }) {
      () throws(DatabaseError) in
      try await prepare(claim.session)
      try await claim.take(&observation)
    }
    let renewal = Task { await claim.renewRegularly() }
    do throws(MigrationError) {
      let result = try await working(claim.session, check: .claim(claim), body)
      renewal.cancel()
      await claim.release()
      return result
    } catch {
      renewal.cancel()
      await claim.release()
      throw error
    }
  }

  /// Two first runs may create the table at once; one of them then fails, and finds the table the next time.
  private func prepare(_ session: Session) async throws(DatabaseError) {
    do {
      try await MigrationRecord.prepareTable(session)
    } catch {
      guard try await MigrationRecord.exists(session) else { throw error }
      try await MigrationRecord.prepareTable(session)
    }
  }

  /// The transaction stays open; it ends with the session.
  private func take(_ sql: String, in session: Session) async throws(DatabaseError) {
    _ = try await session.execute(session.dialect.begin(.readWrite))
    do {
      let operation = Operation(.other, label: "lock migrations")
      _ = try await cancellation.execute(Query(sql: sql, operation: operation, isReusable: false), session)
    } catch {
      _ = try? await session.execute(session.dialect.rollback)
      throw error
    }
  }

  /// Repeats `body` while it fails for a lock, until the wait is over.
  private func attempting(
    _ report: Report, _ holder: (DatabaseError) async -> String,
    _ body: () async throws(DatabaseError) -> Void
  ) async throws(MigrationError) {
    var attempts = LockAttempts(waits)
    while true {
      try cancellation.check()
      do throws(DatabaseError) {
        return try await body()
      } catch {
        if cancellation.isRequested { throw .cancelled }
        guard error.isLockConflict else { throw .database(error) }
        let name = await holder(error)
        if attempts.count == 0 { report(.waitingForLock(holder: name)) }
        guard let pause = attempts.nextPauseMilliseconds() else { throw .locked(by: name) }
        try await self.pause(pause)
      }
    }
  }

  /// Suspends, and ends early when a stop is requested.
  func pause(_ milliseconds: Int) async throws(MigrationError) {
    var rest = milliseconds
    while rest > 0 {
      try cancellation.check()
      let slice = min(rest, Self.pauseSliceMilliseconds)
      await database.loop.sleep(milliseconds: slice)
      rest -= slice
    }
    try cancellation.check()
  }

  private static var pauseSliceMilliseconds: Int { 100 }

  // MARK: Sessions

  func inSession<Result>(
    _ label: String, _ body: (Session) async throws(MigrationError) -> Result
  ) async throws(MigrationError) -> Result {
    // The opening of a file may meet the lock of another process, too.
    let outcome = try await retrying { () throws(DatabaseError) in
      try await database.session(label) { session throws(DatabaseError) in
        await captured { () async throws(MigrationError) in
          try cancellation.check()
          return try await body(session)
        }
      }
    }
    return try outcome.get()
  }

  private func captured<Value>(
    _ body: () async throws(MigrationError) -> Value
  ) async -> Result<Value, MigrationError> {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }

  private func run(_ settings: [String], in session: Session) async throws(MigrationError) {
    do {
      for sql in settings { _ = try await session.unsafeQuery(unsafeSQL: sql, label: "prepare the session") }
    } catch {
      throw .database(error)
    }
  }

  private func text(_ sql: String, in session: Session) async -> String {
    let rows = try? await session.unsafeQuery(
      unsafeSQL: sql, label: "look for the lock's holder", isRead: true)
    return rows.map(Self.lines) ?? "a session that this account cannot look for"
  }

  private func number(of session: Session) async -> Int64? {
    guard let waits = session.dialect.definitions.lockWaits else { return nil }
    let rows = try? await session.unsafeQuery(
      unsafeSQL: waits.sessionNumber, label: "read the session's number")
    return rows.flatMap { $0.rowCount > 0 ? try? $0.integer(0, 0) : nil }
  }

  static func lines(_ rows: any ResultSet) -> String {
    let texts = (0..<rows.rowCount).compactMap { try? rows.text($0, 0) }
    return texts.isEmpty ? unknownSession : texts.joined(separator: ", ")
  }

  private static var unknownSession: String { "a session that has ended since" }
}
