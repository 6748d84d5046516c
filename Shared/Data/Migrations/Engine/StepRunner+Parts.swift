import DataAccess

/// Steps of several parts. The database records the parts that are done, in the transaction of each.
extension StepRunner {
  func runParts(from unfinished: UnfinishedStep?) async throws(MigrationError) -> Outcome {
    // Each part counts again where nothing can add a row. This first look keeps the step from stopping half-way.
    _ = try await attempting { () throws(DatabaseError) in
      for data in script.dropped where !approval.covers(data) { try await refuseRows(of: data, session) }
      return .done
    }
    try await prepareProgress()
    var state = unfinished
    if state == nil {
      let begun = UnfinishedStep(script, part: 0)
      let outcome = try await inTransaction { runner throws(DatabaseError) in
        guard try await isExpected(nil, runner) else { return .overtaken }
        try await begun.write(runner)
        return .done
      }
      guard case .done = outcome else { return .overtaken }
      state = begun
    }
    guard var state else { return .overtaken }
    while state.part < script.parts.count {
      // A run that has the lock since its loss may work on the same step.
      try await sessions.requireLock(engine)
      guard let next = try await runStoppably(script.parts[state.part], state) else { return .overtaken }
      state = next
    }
    let end = state
    let outcome: Outcome
    do throws(MigrationError) {
      outcome = try await inTransaction { runner throws(DatabaseError) in
        guard try await isExpected(end, runner) else { return .overtaken }
        try await UnfinishedStep.remove(runner)
        try await MigrationRecord.write(step, runner)
        return .done
      }
    } catch {
      throw error.leaving("all its parts stay, and only its record is missing; \(next)")
    }
    // The empty table that stays when this fails has no meaning.
    try? await UnfinishedStep.dropTable(session)
    return outcome
  }

  private func prepareProgress() async throws(MigrationError) {
    _ = try await attempting { () throws(DatabaseError) in
      try await UnfinishedStep.prepareTable(session)
      return .done
    }
  }

  /// As ``run(_:_:)``; a stop, and a wait for locks that is over, say what stays.
  private func runStoppably(
    _ part: StepPart, _ state: UnfinishedStep
  ) async throws(MigrationError) -> UnfinishedStep? {
    do throws(MigrationError) {
      return try await run(part, state)
    } catch {
      if case .blocked = error {
        throw error.leaving(await left(of: part, state, "got no lock"))
      }
      guard case .cancelled = error else { throw error }
      throw .interrupted(
        version: step.migration.version, name: step.migration.name,
        left: await left(of: part, state, "was cancelled"))
    }
  }

  private var next: String { "the next bulkhead migrate \(step.direction.rawValue) goes on there" }

  /// What a part that did not end leaves in the database, for the operator.
  private func left(of part: StepPart, _ state: UnfinishedStep, _ end: String) async -> String {
    let place = "part \(state.part + 1) of \(script.parts.count)"
    let others = state.part == 0 ? "the step has no part before it" : "the parts before it stay"
    switch part {
    case .transaction: return "\(place) was rolled back, and \(others); \(next)"
    case .backfill:
      return "\(place) stopped behind its last batch, and the finished batches stay; \(next)"
    case .onlineIndex(let name, _, _, let query):
      return "\(place) \(end), \(await remainder(of: name, query)); \(next)"
    case .definition:
      let doubt = state.hasBegun ? " now (an earlier run may have made it)" : ""
      return "\(place) \(end)\(doubt), and \(others); \(next)"
    }
  }

  /// What a cancelled or failed build leaves of its index.
  private func remainder(of index: String, _ query: String) async -> String {
    do {
      switch try await isValid(index, query, session) {
      case nil: return "and left nothing of the index \(index)"
      case false?:
        return "and the index \(index) stays behind, not valid, until it is dropped and built again"
      case true?: return "and the index \(index) is complete"
      }
    } catch {
      return "and an index \(index) that is not valid may stay behind, until it is dropped and built again"
    }
  }

  /// Runs one part and returns the state behind it; nil when another run was faster.
  private func run(_ part: StepPart, _ state: UnfinishedStep) async throws(MigrationError) -> UnfinishedStep?
  {
    let behind = UnfinishedStep(script, part: state.part + 1)
    switch part {
    case .transaction(let instructions, let rebuilds):
      let isDone = try await advance(from: state, to: behind, rebuilds: rebuilds) {
        runner throws(DatabaseError) in
        try await run(instructions, runner)
      }
      return isDone ? behind : nil
    case .onlineIndex(let name, let create, let drop, let query):
      guard try await build(name, create, drop, query, state) else { return nil }
      let begun = UnfinishedStep(script, part: state.part, hasBegun: true)
      return try await advance(from: begun, to: behind) { _ in } ? behind : nil
    case .definition(let sql, let mayBeThere, let effect, let dropped):
      guard try await define(sql, mayBeThere: mayBeThere, effect, dropped, state) else { return nil }
      let begun = UnfinishedStep(script, part: state.part, hasBegun: true)
      return try await advance(from: begun, to: behind) { _ in } ? behind : nil
    case .backfill(let backfill):
      guard let last = try await fill(backfill, state) else { return nil }
      return try await advance(from: last, to: behind) { _ in } ? behind : nil
    }
  }

  /// Runs `body` and records `next`, unless another run has moved on from `state`.
  func advance(
    from state: UnfinishedStep, to next: UnfinishedStep, rebuilds: Bool = false,
    _ body: (any StatementRunner) async throws(DatabaseError) -> Void
  ) async throws(MigrationError) -> Bool {
    let outcome = try await inTransaction(rebuilds: rebuilds) { runner throws(DatabaseError) in
      guard try await isExpected(state, runner) else { return .overtaken }
      try await body(runner)
      try await next.write(runner)
      return .done
    }
    return switch outcome {
    case .done: true
    case .overtaken: false
    }
  }

  private func isExpected(
    _ state: UnfinishedStep?, _ runner: any StatementRunner
  ) async throws(DatabaseError) -> Bool {
    guard try await MigrationRecord.isNext(step, runner) else { return false }
    return try await UnfinishedStep.read(runner) == state
  }

  // MARK: Indexes

  /// Builds the index outside a transaction. An interrupted build leaves an index that is not valid; this drops it and
  /// builds a new one. An index of that name that was there before the step makes the step fail.
  private func build(
    _ name: String, _ create: String, _ drop: String, _ query: String, _ state: UnfinishedStep
  ) async throws(MigrationError) -> Bool {
    if !state.hasBegun {
      let begun = UnfinishedStep(script, part: state.part, hasBegun: true)
      let isBegun = try await advance(from: state, to: begun) { runner throws(DatabaseError) in
        guard try await isValid(name, query, runner) != nil else { return }
        throw DatabaseError(.invalidStatement, operation: label, detail: "the index \(name) exists already")
      }
      guard isBegun else { return false }
    }
    do throws(DatabaseError) {
      if state.hasBegun, let isValid = try await isValid(name, query, session) {
        if isValid { return true }
        try await watched { () throws(DatabaseError) in try await change(drop, session) }
      }
      try await watched { () throws(DatabaseError) in try await change(create, session) }
      return true
    } catch {
      if engine.cancellation.isRequested { throw .cancelled }
      throw failure(error, "the build failed, \(await remainder(of: name, query))")
    }
  }

  /// Whether the index is complete; nil when there is none.
  private func isValid(
    _ name: String, _ query: String, _ runner: any StatementRunner
  ) async throws(DatabaseError) -> Bool? {
    let rows = try await runner.execute(
      Query(
        sql: query, bindings: [.text(name)], operation: Operation(.other, label: "look for the index"),
        isReusable: false))
    return rows.rowCount == 0 ? nil : try rows.boolean(0, 0)
  }

  // MARK: Backfills

  /// Returns the state after the last batch; nil when another run was faster.
  ///
  /// It ends at the highest identity of its start, and then at that of the moment. Otherwise it would never end on a
  /// table that grows while it pauses.
  private func fill(
    _ backfill: Backfill, _ state: UnfinishedStep
  ) async throws(MigrationError) -> UnfinishedStep? {
    var state = state
    let highest = "SELECT max(id) FROM \(backfill.table)"
    var last = try await number(highest)
    var hasCaughtUp = false
    while let end = try await number(Self.endOfBatch(backfill, behind: state.reached)) {
      let next = UnfinishedStep(script, part: state.part, reached: end)
      let update = Self.update(backfill, behind: state.reached, to: end)
      let isDone = try await advance(from: state, to: next) { runner throws(DatabaseError) in
        try await change(update, runner)
      }
      guard isDone else { return nil }
      try await sessions.requireLock(engine)
      state = next
      report(.backfilled(step, table: backfill.table, reached: end, last: max(end, last ?? end)))
      if end >= last ?? end {
        if hasCaughtUp { break }
        hasCaughtUp = true
        last = try await number(highest)
      }
      try await engine.pause(backfill.pauseMilliseconds)
    }
    return state
  }

  /// Below every identity, and a literal that engines read as a 64-bit integer.
  private static var firstIdentity: Int64 { .min + 1 }

  private static func endOfBatch(_ backfill: Backfill, behind reached: Int64?) -> String {
    "SELECT max(id) FROM (SELECT id FROM \(backfill.table) WHERE id > \(reached ?? firstIdentity) "
      + "ORDER BY id LIMIT \(backfill.batchRows)) AS batch"
  }

  private static func update(_ backfill: Backfill, behind reached: Int64?, to end: Int64) -> String {
    let range = "id > \(reached ?? firstIdentity) AND id <= \(end)"
    let condition = backfill.condition.map { " AND (\($0))" } ?? ""
    return "UPDATE \(backfill.table) SET \(backfill.assignments) WHERE \(range)\(condition)"
  }

  private func number(_ sql: String) async throws(MigrationError) -> Int64? {
    do throws(MigrationError) {
      return try await engine.retrying { () throws(DatabaseError) in
        let operation = Operation(.other, label: "find the next rows")
        let rows = try await engine.cancellation.execute(
          Query(sql: sql, operation: operation, isReusable: false), session)
        return rows.rowCount == 0 || rows.isNull(0, 0) ? nil : try rows.integer(0, 0)
      }
    } catch {
      if engine.cancellation.isRequested { throw .cancelled }
      guard case .database(let reason) = error else { throw error }
      throw failure(reason)
    }
  }
}
