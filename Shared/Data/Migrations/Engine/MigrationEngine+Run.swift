import DataAccess

extension MigrationEngine {
  /// The sessions of a run.
  struct Sessions: Sendable {
    /// Runs the statements of the steps.
    let work: Session
    /// Holds the lock; nil where each write transaction is the lock.
    let lock: Session?
    /// How the lock's session shows that it still has the lock; nil where each write transaction is the lock.
    let check: Check?
    /// The number of the working session, where the engine gives it one.
    let number: Int64?

    /// How a session shows that it still has the lock.
    enum Check: Sendable {
      /// A statement that fails when the session has lost the lock.
      case statement(String)
      case claim(MigrationClaimHolder)
    }

    /// Fails when the connection with the lock is lost, because then another run may have begun.
    func requireLock(_ engine: MigrationEngine) async throws(MigrationError) {
      guard let lock, let check else { return }
      try await engine.retrying { () throws(DatabaseError) in
        switch check {
        case .statement(let sql):
          _ = try await lock.unsafeQuery(unsafeSQL: sql, label: "check the migration lock")
        case .claim(let claim): try await claim.renew()
        }
      }
    }
  }

  func run(
    _ target: MigrationTarget, losing approval: LossApproval, _ report: @escaping Report
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    try await exclusively(report) { sessions throws(MigrationError) in
      let before = try await members(sessions.work)
      let done = try await steps(to: target, losing: approval, in: sessions, report)
      if !done.isEmpty, let before { try await requireMembers(before, sessions.work) }
      return done
    }
  }

  /// How many servers make each change; nil where the server is alone.
  private func members(_ session: Session) async throws(MigrationError) -> Int? {
    guard let sql = session.dialect.definitions.members else { return nil }
    return try await retrying { () throws(DatabaseError) in
      let rows = try await session.unsafeQuery(unsafeSQL: sql, label: "count the nodes", isRead: true)
      return rows.rowCount == 0 || rows.isNull(0, 0) ? nil : Int(try rows.integer(0, 0))
    }
  }

  /// The time in which a cluster votes out the nodes that differ.
  private static let voteMilliseconds = 500

  /// Fails where nodes have left the cluster meanwhile: a change that some of them could not execute is done on the others
  /// alone, and an operator must bring them together.
  private func requireMembers(_ before: Int, _ session: Session) async throws(MigrationError) {
    try await pause(Self.voteMilliseconds)
    let after = try await members(session) ?? 0
    guard after >= before else { throw .nodesLost(before: before, after: after) }
  }

  /// Plans anew before each step. When the lock does not span the whole run, another run may migrate in between; its
  /// steps then need no second one.
  private func steps(
    to target: MigrationTarget, losing approval: LossApproval, in sessions: Sessions,
    _ report: @escaping Report
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    var done: [MigrationPlan.Step] = []
    let first = try await plan(target, sessions.work)
    if let lead = first.lead { report(.ahead(lead)) }
    _ = try scripts(of: first)
    let target = Self.fixed(target, first)
    while true {
      try cancellation.check()
      let step = try await plan(target, sessions.work).steps.first
      let unfinished = try await unfinished(before: step, in: sessions.work)
      guard let step else { return done }
      try await sessions.requireLock(self)
      guard let script = try scripts(of: MigrationPlan(steps: [step])).first else { return done }
      let runner = StepRunner(
        engine: self, sessions: sessions, script: script, approval: approval, report: report)
      switch try await runner.run(from: unfinished) {
      case .done: done.append(step)
      case .overtaken: continue
      }
    }
  }

  /// One step down means the step that is the newest now, and no other one after a concurrent run.
  private static func fixed(_ target: MigrationTarget, _ plan: MigrationPlan) -> MigrationTarget {
    guard case .down(to: nil) = target, let step = plan.steps.first else { return target }
    return .down(to: step.migration.version - 1)
  }

  /// Where an interrupted run has come to in this step. Fails when it has done a part of another one. A run that ended
  /// before its first part has left its mark alone, which no step needs.
  private func unfinished(
    before step: MigrationPlan.Step?, in session: Session
  ) async throws(MigrationError) -> UnfinishedStep? {
    let found = try await retrying { () throws(DatabaseError) in try await UnfinishedStep.read(session) }
    guard let found else { return nil }
    if let step, found.belongs(to: step) { return found }
    guard found.hasDoneNothing else { throw .unfinished(found) }
    try await retrying { () throws(DatabaseError) in
      try await session.transaction { transaction throws(DatabaseError) in
        guard try await UnfinishedStep.read(transaction) == found else { return }
        try await UnfinishedStep.remove(transaction)
      }
    }
    return nil
  }
}
