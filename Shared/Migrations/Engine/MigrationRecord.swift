import DataAccess
import Schema

/// The rows of schema_migrations: what has been applied.
enum MigrationRecord {
  /// Creates the table where it is missing. It is no migration itself, for they are recorded in it.
  static func createTable(_ runner: some StatementRunner) async throws(DatabaseError) {
    let sql = DefinitionWriter(dialect: runner.dialect).createTable(
      SchemaMigrations.definition, ifMissing: true)
    _ = try await runner.execute(query(sql, "create schema_migrations"))
  }

  /// By version; nothing when there is no table yet.
  static func read(_ runner: some StatementRunner) async throws(DatabaseError) -> [AppliedMigration] {
    let table = DatabaseValue.text(SchemaMigrations.definition.name)
    let found = try await runner.execute(
      Query(
        sql: runner.dialect.tableExists, bindings: [table],
        operation: Operation(.other, label: "look for schema_migrations"), isReusable: false))
    guard found.rowCount > 0 else { return [] }
    return try await runner.all(
      SchemaMigrations.select(\.version, \.name, \.checksum, \.appliedAt).orderBy(\.version),
      as: AppliedMigration.init)
  }

  static func add(_ migration: Migration, _ runner: some StatementRunner) async throws(DatabaseError) {
    try await runner.run(
      SchemaMigrations.insert(
        \.version <- migration.version, \.name <- migration.name, \.checksum <- migration.checksum))
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

  private static func query(_ sql: String, _ label: String) -> Query {
    Query(sql: sql, operation: Operation(.other, label: label), isReusable: false)
  }
}
