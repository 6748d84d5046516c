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
    _ target: MigrationTarget, _ report: @escaping Report
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    try await exclusively(report) { sessions throws(MigrationError) in
      try await steps(to: target, in: sessions, report)
    }
  }

  /// Plans anew before each step. When the lock does not span the whole run, another run may migrate in between; its
  /// steps then need no second one.
  private func steps(
    to target: MigrationTarget, in sessions: Sessions, _ report: @escaping Report
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    var done: [MigrationPlan.Step] = []
    let first = try await plan(target, sessions.work)
    if let lead = first.lead { report(.ahead(lead)) }
    _ = try scripts(of: first)
    let target = Self.fixed(target, first)
    while true {
      try cancellation.check()
      let unfinished = try await unfinished(in: sessions.work)
      guard let step = try await plan(target, sessions.work).steps.first else {
        if let unfinished { throw .unfinished(unfinished) }
        return done
      }
      if let unfinished, !unfinished.belongs(to: step) { throw .unfinished(unfinished) }
      try await sessions.requireLock(self)
      guard let script = try scripts(of: MigrationPlan(steps: [step])).first else { return done }
      let runner = StepRunner(engine: self, sessions: sessions, script: script, report: report)
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

  private func unfinished(in session: Session) async throws(MigrationError) -> UnfinishedStep? {
    try await retrying { () throws(DatabaseError) in try await UnfinishedStep.read(session) }
  }
}
