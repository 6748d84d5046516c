import DataAccess
import Schema

/// A step of several parts that a run has begun and not finished.
package struct UnfinishedStep: Sendable, Hashable {
  /// The version.
  package let version: Int
  /// `up` or `down`.
  package let direction: String
  /// The checksum of the migration whose parts ran.
  package let checksum: String
  /// The part that runs next, from 0.
  package let part: Int
  /// Where a backfill goes on: the last identity that is done.
  package let reached: Int64?
  /// Whether the part has begun, for one that no transaction protects.
  package let hasBegun: Bool

  init(_ script: StepScript, part: Int, reached: Int64? = nil, hasBegun: Bool = false) {
    version = script.step.migration.version
    direction = script.step.direction.rawValue
    checksum = script.step.migration.checksum
    self.part = part
    self.reached = reached
    self.hasBegun = hasBegun
  }

  fileprivate init(
    version: Int, direction: String, checksum: String, part: Int, reached: Int64?, hasBegun: Bool
  ) {
    self.version = version
    self.direction = direction
    self.checksum = checksum
    self.part = part
    self.reached = reached
    self.hasBegun = hasBegun
  }

  /// Whether the run ended before its first part: the database is as it was before the step.
  var hasDoneNothing: Bool { part == 0 && reached == nil && !hasBegun }

  /// Whether the parts belong to this step, as it is written now.
  func belongs(to step: MigrationPlan.Step) -> Bool {
    version == step.migration.version && direction == step.direction.rawValue
      && checksum == step.migration.checksum
  }
}

extension UnfinishedStep: CustomStringConvertible {
  /// One sentence for the operator.
  package var description: String {
    "version \(version) is half done (\(direction), \(part) parts done): finish it with the release that began it "
      + "(bulkhead migrate \(direction)), or correct the schema by hand and run bulkhead migrate stamp"
  }
}

/// The table with the unfinished step. It exists only while there is one, so that a schema in order has no such table.
extension UnfinishedStep {
  static let tableName = "schema_migration_progress"

  private static let table = TableDefinition(
    name: tableName, owner: "migrate-admin",
    columns: [
      // A server may refuse a table without a primary key: sql_require_primary_key, innodb_force_primary_key.
      ColumnDefinition(name: "id", type: .bigint, isIdentity: true),
      ColumnDefinition(name: "version", type: .integer),
      ColumnDefinition(name: "direction", type: .varchar(4)),
      ColumnDefinition(name: "checksum", type: .char(64)), ColumnDefinition(name: "part", type: .integer),
      ColumnDefinition(name: "reached", type: .bigint, isNullable: true),
      ColumnDefinition(name: "begun", type: .integer),
    ])

  static func read(_ runner: some StatementRunner) async throws(DatabaseError) -> UnfinishedStep? {
    guard try await runner.hasTable(table.name) else { return nil }
    let rows = try await runner.unsafeQuery(
      unsafeSQL: "SELECT version, direction, checksum, part, reached, begun FROM \(table.name)", label: label)
    guard rows.rowCount > 0 else { return nil }
    return UnfinishedStep(
      version: Int(try rows.integer(0, 0)), direction: try rows.text(0, 1), checksum: try rows.text(0, 2),
      part: Int(try rows.integer(0, 3)), reached: rows.isNull(0, 4) ? nil : try rows.integer(0, 4),
      hasBegun: try rows.integer(0, 5) == 1)
  }

  /// Creates the table before the first part, where a statement that creates one would end the transaction.
  static func prepareTable(_ runner: some StatementRunner) async throws(DatabaseError) {
    if runner.dialect.hasTransactionalDDL { return }
    if try await runner.hasTable(table.name) { return }
    _ = try await runner.unsafeQuery(unsafeSQL: creation(runner.dialect), label: label)
  }

  /// Drops the table that ``prepareTable(_:)`` has created.
  static func dropTable(_ runner: some StatementRunner) async throws(DatabaseError) {
    if runner.dialect.hasTransactionalDDL { return }
    guard try await read(runner) == nil else { return }
    _ = try await runner.unsafeQuery(unsafeSQL: "DROP TABLE IF EXISTS \(table.name)", label: label)
  }

  private static func creation(_ dialect: Dialect) -> String {
    DefinitionWriter(dialect: dialect).createTable(table, ifMissing: true)
  }

  func write(_ runner: some StatementRunner) async throws(DatabaseError) {
    let create = runner.dialect.hasTransactionalDDL ? [Self.creation(runner.dialect)] : []
    let values =
      "\(version), '\(direction)', '\(checksum)', \(part), \(reached.map { "\($0)" } ?? "NULL"), \(hasBegun ? 1 : 0)"
    for sql in create + [
      "DELETE FROM \(Self.table.name)",
      "INSERT INTO \(Self.table.name) (version, direction, checksum, part, reached, begun) VALUES (\(values))",
    ] {
      _ = try await runner.unsafeQuery(unsafeSQL: sql, label: Self.label)
    }
  }

  static func remove(_ runner: some StatementRunner) async throws(DatabaseError) {
    guard try await runner.hasTable(table.name) else { return }
    let verb = runner.dialect.hasTransactionalDDL ? "DROP TABLE" : "DELETE FROM"
    _ = try await runner.unsafeQuery(unsafeSQL: "\(verb) \(table.name)", label: label)
  }

  private static let label = "record the step's progress"
}
