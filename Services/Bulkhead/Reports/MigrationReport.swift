import DataAccess
import Migrations

/// The answer of `migrate up` and `migrate down` with `--json`.
struct MigrationReport: Encodable {
  struct Step: Encodable {
    let version: Int
    let name: String
    let direction: String
    /// The statements, for a run that changes nothing.
    let statements: [String]?
  }

  /// In the order in which they ran, or would run.
  let steps: [Step]
  /// Whether the steps were only shown.
  let dryRun: Bool

  init(done steps: [MigrationPlan.Step]) {
    self.steps = steps.map { Step($0, statements: nil) }
    dryRun = false
  }

  init(pending scripts: [StepScript], in dialect: Dialect) {
    steps = scripts.map { Step($0.step, statements: $0.parts.flatMap { $0.statements(in: dialect) }) }
    dryRun = true
  }
}

extension MigrationReport.Step {
  fileprivate init(_ step: MigrationPlan.Step, statements: [String]?) {
    self.init(
      version: step.migration.version, name: step.migration.name, direction: step.direction.rawValue,
      statements: statements)
  }
}

extension Console {
  /// Prints the result of a run; `verb` says what happened to the versions.
  func show(_ steps: [MigrationPlan.Step], _ verb: String, asJSON: Bool) throws {
    if asJSON { return try printJSON(MigrationReport(done: steps)) }
    print(steps.isEmpty ? "nothing to do" : "\(steps.count.counted("version")) \(verb)")
  }

  /// Prints the statements of steps that did not run.
  func show(_ scripts: [StepScript], in dialect: Dialect, asJSON: Bool) throws {
    if asJSON { return try printJSON(MigrationReport(pending: scripts, in: dialect)) }
    show(scripts, in: dialect)
  }

  /// Prints one line for each event of a run of migrations.
  func show(_ progress: MigrationProgress) {
    switch progress {
    case .waitingForLock(let holder): self.progress("waiting for the migration lock, which \(holder) holds")
    case .waitingForTables(let step, let holders, let attempt):
      self.progress("\(step) waits for a lock: \(holders); attempt \(attempt) was rolled back, trying again")
    case .ahead(let lead): self.progress("\(lead)")
    case .started(let step): self.progress("\(step) ...")
    case .holdsUp(let step, let text): self.progress("\(step): \(text)")
    case .resumed(let step, let part, let count):
      self.progress("\(step) goes on with part \(part) of \(count) ...")
    case .running(let step, let seconds, let detail):
      self.progress("\(step) runs for \(seconds) s\(detail.isEmpty ? "" : ": \(detail)")")
    case .backfilled(let step, let table, let reached, let last):
      self.progress("\(step) has changed \(table) up to id \(reached) of \(last)")
    case .finished(let step): self.progress("\(step) done")
    }
  }

  private func show(_ scripts: [StepScript], in dialect: Dialect) {
    if scripts.isEmpty { print("nothing to do") }
    for script in scripts {
      print("-- \(script.step)")
      for part in script.parts {
        if case .transaction = part {
          print("-- one transaction")
        } else {
          print("-- outside a transaction")
        }
        for statement in part.statements(in: dialect) { printDocument("\(statement);") }
      }
    }
  }
}
