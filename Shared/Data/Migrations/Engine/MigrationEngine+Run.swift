import DataAccess

extension MigrationEngine {
  func run(
    _ target: MigrationTarget, _ report: @escaping Report
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    try await exclusively(report) { session throws(MigrationError) in
      try await steps(to: target, in: session, report)
    }
  }

  /// Plans once, then applies the steps in order. When the lock does not span the whole run, another run may migrate in
  /// between. So each step checks again the history that it starts from.
  private func steps(
    to target: MigrationTarget, in session: Session, _ report: Report
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    let plan = try await plan(target, session)
    if let lead = plan.lead { report(.ahead(lead)) }
    for step in plan.steps {
      report(.started(step))
      do {
        try await apply(step, in: session)
      } catch {
        throw failure(of: step, error)
      }
      report(.finished(step))
    }
    return plan.steps
  }

  private func failure(of step: MigrationPlan.Step, _ error: DatabaseError) -> MigrationError {
    if error.kind == .lockTimeout { return Self.lockedByWriter }
    return .stepFailed(version: step.migration.version, name: step.migration.name, error)
  }

  private static var lockedByWriter: MigrationError { .locked(by: "a session that writes") }

  private func apply(_ step: MigrationPlan.Step, in session: Session) async throws(DatabaseError) {
    let statements = step.changes.flatMap { DefinitionWriter(dialect: session.dialect).statements(for: $0) }
    if session.dialect.hasTransactionalDDL {
      try await session.transaction { transaction throws(DatabaseError) in
        try await run(statements, of: step, transaction)
      }
    } else {
      try await run(statements, of: step, session)
    }
  }

  private func run(
    _ statements: [String], of step: MigrationPlan.Step, _ runner: some StatementRunner
  ) async throws(DatabaseError) {
    let migration = step.migration
    let label = "migrate \(step.direction.rawValue) \(migration.version) \(migration.name)"
    try await MigrationRecord.requireNext(step, runner)
    for sql in statements {
      _ = try await runner.execute(
        Query(sql: sql, operation: Operation(.other, label: label), isReusable: false))
    }
    switch step.direction {
    case .up: try await MigrationRecord.add(migration, runner)
    case .down: try await MigrationRecord.remove(migration, runner)
    }
  }

  /// Runs `body` on its own session, which holds the lock and has the table of versions.
  func exclusively<Result>(
    _ report: @escaping Report, _ body: (Session) async throws(MigrationError) -> Result
  ) async throws(MigrationError) -> Result {
    let outcome: Swift.Result<Result, MigrationError>
    do {
      outcome = try await database.session("migrate") { session throws(DatabaseError) in
        await captured { () async throws(MigrationError) in
          try await lock.acquire(session, report)
          do throws(DatabaseError) {
            try await MigrationRecord.prepareTable(session)
          } catch {
            throw error.kind == .lockTimeout ? Self.lockedByWriter : .database(error)
          }
          let result = try await body(session)
          await lock.release(session)
          return result
        }
      }
    } catch {
      throw .database(error)
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
}
