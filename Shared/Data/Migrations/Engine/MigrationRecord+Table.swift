import DataAccess
import Schema

/// The table that holds the record. It is not a migration itself, because migrations are recorded in it.
extension MigrationRecord {
  private static let table = SchemaMigrations.definition
  private static let oldestProgram = SchemaMigrations.shape.oldestProgram.definition

  /// Creates the table when it is missing, and adds the column that older tools did not write.
  ///
  /// Steps that those tools recorded count as breaking. With transactional DDL, no other session sees the column
  /// without its values. Without it, an empty value also means breaking.
  static func prepareTable(_ session: Session) async throws(DatabaseError) {
    let writer = DefinitionWriter(dialect: session.dialect)
    try await change(writer.createTable(table, ifMissing: true), session)
    // The check comes first, so that a run with nothing to do writes nothing and waits for no other session.
    guard try await !recordsOldestPrograms(session) else { return }
    guard session.dialect.hasTransactionalDDL else { return try await addOldestPrograms(session) }
    try await session.transaction { transaction throws(DatabaseError) in
      try await addOldestPrograms(transaction)
    }
  }

  /// Whether the table has the column `oldest_program`.
  static func recordsOldestPrograms(_ runner: some StatementRunner) async throws(DatabaseError) -> Bool {
    try await runner.hasColumn(oldestProgram.name, of: table.name)
  }

  /// Whether the table exists.
  static func exists(_ runner: some StatementRunner) async throws(DatabaseError) -> Bool {
    try await runner.hasTable(table.name)
  }

  /// The first statements of a script, which cannot check before it writes.
  static func scriptedPreparation(_ writer: DefinitionWriter) -> [String] {
    let creation = writer.createTable(table, ifMissing: true)
    guard writer.dialect.addsColumnIfMissing else { return ["\(Self.scriptedCondition)\n\(creation)"] }
    return [creation, writer.addColumn(oldestProgram, to: table.name, ifMissing: true), fillOldestPrograms]
  }

  private static let scriptedCondition =
    "-- A schema_migrations made by an older tool lacks oldest_program: any run of bulkhead migrate up adds it."

  private static let fillOldestPrograms =
    "UPDATE schema_migrations SET oldest_program = version WHERE oldest_program IS NULL"

  /// When the lock does not span the check above, another run may have added the column since.
  private static func addOldestPrograms(_ runner: some StatementRunner) async throws(DatabaseError) {
    if try await !recordsOldestPrograms(runner) {
      try await change(
        DefinitionWriter(dialect: runner.dialect).addColumn(oldestProgram, to: table.name), runner)
    }
    try await change(fillOldestPrograms, runner)
  }

  private static func change(_ sql: String, _ runner: some StatementRunner) async throws(DatabaseError) {
    let operation = Operation(.other, label: "prepare \(table.name)")
    _ = try await runner.execute(Query(sql: sql, operation: operation, isReusable: false))
  }
}
