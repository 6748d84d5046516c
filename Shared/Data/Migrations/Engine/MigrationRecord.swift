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

  /// Returns the rows of an older tool, which did not record the programs that can live with a step.
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

  /// Fails unless the step is the next one from the database's current version.
  static func requireNext(
    _ step: MigrationPlan.Step, _ runner: some StatementRunner
  ) async throws(DatabaseError) {
    let newest = try await runner.first(
      SchemaMigrations.select(\.version).orderBy(\.version, .descending)
    ) { version in version }
    let expected =
      switch step.direction {
      case .up: step.migration.version - 1
      case .down: step.migration.version
      }
    guard (newest ?? 0) == expected else {
      throw DatabaseError(
        .serializationFailure, operation: "migrate",
        detail:
          "the database is at version \(newest ?? 0) now, because another run has migrated it: run again")
    }
  }
}
