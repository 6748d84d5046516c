import DataAccess
import Schema

/// The table that the record lies in. It is no migration itself, for they are recorded in it.
extension MigrationRecord {
  private static let table = SchemaMigrations.definition
  private static let oldestProgram = SchemaMigrations.shape.oldestProgram.definition

  /// Creates the table where it is missing, and adds the column that tools before it did not write.
  ///
  /// The rows of those tools count as breaking. Where DDL is undone with its transaction, nobody sees the column
  /// without its values; elsewhere an empty one means the same.
  static func prepareTable(_ session: Session) async throws(DatabaseError) {
    let writer = DefinitionWriter(dialect: session.dialect)
    try await change(writer.createTable(table, ifMissing: true), session)
    // To look first is to write nothing, and so to wait for nobody, where there is nothing to do.
    guard try await !saysOldestPrograms(session) else { return }
    guard session.dialect.hasTransactionalDDL else { return try await addOldestPrograms(session) }
    try await session.transaction { transaction throws(DatabaseError) in
      try await addOldestPrograms(transaction)
    }
  }

  /// Whether the table has the column of the oldest programs.
  static func saysOldestPrograms(_ runner: some StatementRunner) async throws(DatabaseError) -> Bool {
    try await answersRow(runner, runner.dialect.columnExists, [table.name, oldestProgram.name])
  }

  /// Whether there is a table.
  static func exists(_ runner: some StatementRunner) async throws(DatabaseError) -> Bool {
    try await answersRow(runner, runner.dialect.tableExists, [table.name])
  }

  /// What a script begins with, which cannot look before it writes.
  static func scriptedPreparation(_ writer: DefinitionWriter) -> [String] {
    let creation = writer.createTable(table, ifMissing: true)
    guard writer.dialect.addsColumnIfMissing else { return ["\(Self.scriptedCondition)\n\(creation)"] }
    return [creation, writer.addColumn(oldestProgram, to: table.name, ifMissing: true), fillOldestPrograms]
  }

  private static let scriptedCondition =
    "-- A schema_migrations that an older tool made lacks oldest_program: any run of bulkhead migrate up adds it."

  private static let fillOldestPrograms =
    "UPDATE schema_migrations SET oldest_program = version WHERE oldest_program IS NULL"

  /// Another run may have been first where the lock does not span what came before.
  private static func addOldestPrograms(_ runner: some StatementRunner) async throws(DatabaseError) {
    if try await !saysOldestPrograms(runner) {
      try await change(
        DefinitionWriter(dialect: runner.dialect).addColumn(oldestProgram, to: table.name), runner)
    }
    try await change(fillOldestPrograms, runner)
  }

  private static func change(_ sql: String, _ runner: some StatementRunner) async throws(DatabaseError) {
    let operation = Operation(.other, label: "prepare \(table.name)")
    _ = try await runner.execute(Query(sql: sql, operation: operation, isReusable: false))
  }

  private static func answersRow(
    _ runner: some StatementRunner, _ sql: String, _ names: [String]
  ) async throws(DatabaseError) -> Bool {
    let operation = Operation(.other, label: "look for \(table.name)")
    let query = Query(sql: sql, bindings: names.map { .text($0) }, operation: operation, isReusable: false)
    return try await runner.execute(query).rowCount > 0
  }
}
