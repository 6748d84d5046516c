import DataAccess
import Schema

/// The rows of schema_migrations: what has been applied.
enum MigrationRecord {
  /// By version; nothing when there is no table yet.
  static func read(_ runner: some StatementRunner) async throws(DatabaseError) -> [AppliedMigration] {
    guard try await exists(runner) else { return [] }
    guard try await saysOldestPrograms(runner) else { return try await readUnsaid(runner) }
    return try await runner.all(
      SchemaMigrations.select(\.version, \.name, \.checksum, \.oldestProgram, \.appliedAt).orderBy(\.version),
      as: AppliedMigration.init)
  }

  /// The rows of a tool that did not say which programs can live with a step.
  private static func readUnsaid(
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

  /// Fails unless the step is the next one from where the database is now.
  static func requireTurn(
    of step: MigrationPlan.Step, _ runner: some StatementRunner
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
        detail: "the database is at version \(newest ?? 0) now: another migration ran meanwhile")
    }
  }
}
