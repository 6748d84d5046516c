import DataAccess
import Schema

extension MigrationEngine {
  /// Returns the statements that lead from one version to another, with their records, as text for a reviewer or
  /// another client. Needs no database.
  package static func sql(
    dialect: Dialect, migrations: [Migration] = Migration.all, from: Int = 0, to: Int? = nil
  ) throws(PlanError) -> [String] {
    try MigrationPlanner.check(migrations)
    let end = to ?? migrations.count
    for version in [from, end] where !(0...migrations.count).contains(version) {
      throw .unknownTarget(version: version, newest: migrations.count)
    }
    let steps =
      from <= end
      ? migrations[from..<end].map { MigrationPlan.Step($0, .up) }
      : migrations[end..<from].reversed().map { MigrationPlan.Step($0, .down) }
    let writer = DefinitionWriter(dialect: dialect)
    let scripts = try StepScriptWriter(dialect: dialect, known: migrations).scripts(of: steps)
    return MigrationRecord.scriptedPreparation(writer) + scripts.flatMap { statements(of: $0, writer) }
  }

  /// The steps to the target in a database that does not exist yet, with their statements.
  package static func scriptsOfNewDatabase(
    dialect: Dialect, migrations: [Migration] = Migration.all, target: MigrationTarget
  ) throws(PlanError) -> [StepScript] {
    let plan = try MigrationPlanner.plan(applied: [], known: migrations, target: target)
    return try StepScriptWriter(dialect: dialect, known: migrations).scripts(of: plan.steps)
  }

  /// The record belongs to the last transaction. A client that stops in between runs the rest by hand.
  private static func statements(of script: StepScript, _ writer: DefinitionWriter) -> [String] {
    let record = writer.record(of: script.step)
    guard case .transaction(let instructions, let rebuilds)? = script.parts.last else {
      return script.parts.flatMap { statements(of: $0, writer) }
        + transaction([.statement(record)], rebuilds: false, writer.dialect)
    }
    return script.parts.dropLast().flatMap { statements(of: $0, writer) }
      + transaction(instructions + [.statement(record)], rebuilds: rebuilds, writer.dialect)
  }

  private static func statements(of part: StepPart, _ writer: DefinitionWriter) -> [String] {
    switch part {
    case .transaction(let instructions, let rebuilds):
      transaction(instructions, rebuilds: rebuilds, writer.dialect)
    case .onlineIndex, .backfill, .definition: part.statements
    }
  }

  private static func transaction(
    _ instructions: [StepPart.Instruction], rebuilds: Bool, _ dialect: Dialect
  ) -> [String] {
    let lines = lines(instructions)
    guard dialect.hasTransactionalDDL else { return lines }
    let (before, after) = dialect.around(rebuilds)
    return before + [dialect.transactions.beginReadWrite] + lines + [dialect.transactions.commit] + after
  }

  /// The statements; a comment before one says what its refusal selects.
  fileprivate static func lines(_ instructions: [StepPart.Instruction]) -> [String] {
    var lines: [String] = []
    var comments = ""
    for instruction in instructions {
      switch instruction {
      case .refusal(let query, _):
        let text = query.split(whereSeparator: \.isNewline).joined(separator: " ")
        comments += "-- This must return no rows: \(text)\n"
      case .loss: break
      case .statement(let sql):
        lines.append(comments + sql)
        comments = ""
      }
    }
    return lines
  }
}

extension StepPart {
  /// The statements of a run, as `migrate up --dry-run` prints them: also those before and after a rebuild.
  package func statements(in dialect: Dialect) -> [String] {
    guard case .transaction(let instructions, let rebuilds) = self else { return statements }
    let (before, after) = dialect.around(rebuilds)
    return before + MigrationEngine.lines(instructions) + after
  }
}

extension Dialect {
  /// The statements before and after a transaction that rebuilds a table; none for another one.
  fileprivate func around(_ rebuilds: Bool) -> (before: [String], after: [String]) {
    guard rebuilds, case .rebuild(let rebuild) = self.definitions.tableChanges else { return ([], []) }
    return (rebuild.before, rebuild.after)
  }
}

extension DefinitionWriter {
  /// Names are snake_case and checksums are hexadecimal, so neither needs escaping.
  fileprivate func record(of step: MigrationPlan.Step) -> String {
    let migration = step.migration
    switch step.direction {
    case .up:
      return "INSERT INTO schema_migrations (version, name, checksum, oldest_program) "
        + "VALUES (\(migration.version), '\(migration.name)', '\(migration.checksum)', \(migration.oldestProgram))"
    case .down:
      return "DELETE FROM schema_migrations WHERE version = \(migration.version)"
    }
  }
}
