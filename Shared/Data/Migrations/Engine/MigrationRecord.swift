import DataAccess
import Schema

/// The rows of schema_migrations: the applied migrations.
enum MigrationRecord {
  /// Returns the rows by version; none when the table does not exist yet.
  static func read(_ runner: some StatementRunner) async throws(DatabaseError) -> [AppliedMigration] {
    guard try await exists(runner) else { return [] }
    guard try await recordsOldestPrograms(runner) else { return try await readWithoutOldestPrograms(runner) }
    return try await runner.all(
      SchemaMigrations.select(\.version, \.name, \.checksum, \.oldestProgram, \.appliedAt).orderBy(\.version),
      as: AppliedMigration.init)
  }

  /// Returns the rows of an older tool, which did not record the programs that are compatible with a step.
  private static func readWithoutOldestPrograms(
    _ runner: some StatementRunner
  ) async throws(DatabaseError) -> [AppliedMigration] {
    try await runner.all(
      SchemaMigrations.select(\.version, \.name, \.checksum, \.appliedAt).orderBy(\.version)
    ) { version, name, checksum, moment in
      AppliedMigration(version: version, name: name, checksum: checksum, appliedAt: moment)
    }
  }

  static func add(_ migration: Migration, _ runner: some StatementRunner) async throws(DatabaseError) {
    try await runner.run(
      SchemaMigrations.insert(
        \.version <- migration.version, \.name <- migration.name, \.checksum <- migration.checksum,
        \.oldestProgram <- migration.oldestProgram))
  }

  static func remove(_ migration: Migration, _ runner: some StatementRunner) async throws(DatabaseError) {
    try await runner.run(SchemaMigrations.delete().where(\.version == migration.version))
  }

  /// Whether the step is the next one from the database's current version.
  static func isNext(
    _ step: MigrationPlan.Step, _ runner: some StatementRunner
  ) async throws(DatabaseError) -> Bool {
    let newest = try await runner.first(
      SchemaMigrations.select(\.version).orderBy(\.version, .descending)
    ) { version in version }
    return switch step.direction {
    case .up: (newest ?? 0) == step.migration.version - 1
    case .down: newest == step.migration.version
    }
  }

  static func write(_ step: MigrationPlan.Step, _ runner: some StatementRunner) async throws(DatabaseError) {
    switch step.direction {
    case .up: try await add(step.migration, runner)
    case .down: try await remove(step.migration, runner)
    }
  }
}
