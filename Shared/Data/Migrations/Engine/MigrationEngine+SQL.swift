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
    let writer = DefinitionWriter(dialect: dialect)
    let steps =
      from <= end
      ? migrations[from..<end].map { MigrationPlan.Step($0, .up) }
      : migrations[end..<from].reversed().map { MigrationPlan.Step($0, .down) }
    return MigrationRecord.scriptedPreparation(writer) + steps.flatMap { statements(of: $0, writer) }
  }

  private static func statements(of step: MigrationPlan.Step, _ writer: DefinitionWriter) -> [String] {
    let changes = step.changes.flatMap(writer.statements)
    let transactions = writer.dialect.transactions
    guard writer.dialect.hasTransactionalDDL else { return changes + [writer.record(of: step)] }
    return [transactions.beginReadWrite] + changes + [writer.record(of: step), transactions.commit]
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
