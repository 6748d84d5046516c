import DataAccess

/// Runs one step in the sessions of a run.
struct StepRunner: Sendable {
  /// How a step ended.
  enum Outcome: Sendable {
    case done
    /// Another run has done the step, or a part of it: plan again.
    case overtaken
  }

  let engine: MigrationEngine
  let sessions: MigrationEngine.Sessions
  let script: StepScript
  let approval: LossApproval
  let report: MigrationEngine.Report

  var step: MigrationPlan.Step { script.step }
  var session: Session { sessions.work }

  /// Runs the step, from the part that an interrupted run has reached.
  func run(from unfinished: UnfinishedStep?) async throws(MigrationError) -> Outcome {
    if let unfinished {
      report(.resumed(step, part: unfinished.part + 1, of: script.parts.count))
    } else {
      report(.started(step))
    }
    for text in await widerWaits() { report(.holdsUp(step, text)) }
    let outcome = script.isAtomic ? try await runAtomically() : try await runParts(from: unfinished)
    if case .done = outcome { report(.finished(step)) }
    return outcome
  }

  /// The changes and their record, in one transaction where the engine undoes DDL.
  private func runAtomically() async throws(MigrationError) -> Outcome {
    var (instructions, rebuilds): ([StepPart.Instruction], Bool) = ([], false)
    if case .transaction(let all, let flag)? = script.parts.first { (instructions, rebuilds) = (all, flag) }
    return try await inTransaction(rebuilds: rebuilds) { runner throws(DatabaseError) in
      guard try await MigrationRecord.isNext(step, runner) else { return .overtaken }
      try await run(instructions, runner)
      try await MigrationRecord.write(step, runner)
      return .done
    }
  }

  // MARK: Transactions

  /// Runs `body` in a transaction whose waits for locks are short, and again after a pause while locks stop it. Between
  /// two attempts the tables are free for the sessions that queued behind it.
  func inTransaction(
    rebuilds: Bool = false, _ body: (any StatementRunner) async throws(DatabaseError) -> Outcome
  ) async throws(MigrationError) -> Outcome {
    try await attempting { () throws(DatabaseError) in try await attempt(rebuilds, body) }
  }

  /// Runs `body` again after a pause while locks stop it.
  func attempting(
    _ body: () async throws(DatabaseError) -> Outcome
  ) async throws(MigrationError) -> Outcome {
    var attempts = LockAttempts(engine.waits)
    while true {
      try engine.cancellation.check()
      do throws(DatabaseError) {
        return try await body()
      } catch {
        if engine.cancellation.isRequested { throw .cancelled }
        guard error.isLockConflict else { throw failure(error) }
        let holders = await attempts.holders(of: script.tables, seenBy: session)
        guard let pause = attempts.nextPauseMilliseconds() else {
          throw .blocked(
            version: step.migration.version, name: step.migration.name, by: holders, left: nil)
        }
        report(.waitingForTables(step, holders: holders, attempt: attempts.count))
        try await engine.pause(pause)
      }
    }
  }

  func failure(_ error: DatabaseError, _ remainder: String? = nil) -> MigrationError {
    .stepFailed(version: step.migration.version, name: step.migration.name, error, remainder: remainder)
  }

  private func attempt(
    _ rebuilds: Bool, _ body: (any StatementRunner) async throws(DatabaseError) -> Outcome
  ) async throws(DatabaseError) -> Outcome {
    guard rebuilds, case .rebuild(let rebuild) = session.dialect.definitions.tableChanges else {
      return try await transaction(body)
    }
    for sql in rebuild.before { try await change(sql, session) }
    do {
      let outcome = try await transaction(body)
      // The step is recorded: a stop that comes now is not its failure.
      for sql in rebuild.after { _ = try await session.execute(query(sql)) }
      return outcome
    } catch {
      for sql in rebuild.after { _ = try? await session.execute(query(sql)) }
      throw error
    }
  }

  private func transaction(
    _ body: (any StatementRunner) async throws(DatabaseError) -> Outcome
  ) async throws(DatabaseError) -> Outcome {
    try await session.transaction { transaction throws(DatabaseError) in
      try await limitWaits(transaction)
      return try await body(transaction)
    }
  }

  /// Limits the waits of the statements that follow.
  func limitWaits(_ runner: any StatementRunner) async throws(DatabaseError) {
    guard let waits = session.dialect.definitions.lockWaits else { return }
    try await change(waits.limit(engine.waits.milliseconds(forEachOf: script.tables.count)), runner)
  }

  // MARK: Statements

  func run(
    _ instructions: [StepPart.Instruction], _ runner: any StatementRunner
  ) async throws(DatabaseError) {
    for instruction in instructions {
      switch instruction {
      case .statement(let sql):
        try await watched { () throws(DatabaseError) in try await change(sql, runner) }
      case .refusal(let query, let reason):
        try await refuse(query, reason, runner)
      case .loss(let data):
        try await refuseLoss(of: data, runner)
      }
    }
  }

  func change(_ sql: String, _ runner: any StatementRunner) async throws(DatabaseError) {
    _ = try await engine.cancellation.execute(query(sql), runner)
  }

  private func query(_ sql: String) -> Query {
    Query(sql: sql, operation: Operation(.other, label: label), isReusable: false)
  }

  private func refuse(
    _ query: String, _ reason: String, _ runner: any StatementRunner
  ) async throws(DatabaseError) {
    let rows = try await engine.cancellation.execute(self.query(query), runner)
    guard rows.rowCount > 0 else { return }
    throw DatabaseError(
      .checkViolation, operation: label, detail: "\(reason): \(MigrationEngine.lines(rows))")
  }

  var label: String {
    "migrate \(step.direction.rawValue) \(step.migration.version) \(step.migration.name)"
  }
}
