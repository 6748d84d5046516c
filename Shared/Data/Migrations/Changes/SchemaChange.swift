import Schema

/// One change of the schema or of its rows, independent of any engine's DDL.
///
/// A change names the state after it. The planner derives the state before it from the earlier changes
/// (``SchemaHistory``), so that an engine without `ALTER COLUMN` can rebuild the table.
package enum SchemaChange: Sendable, Hashable {
  case createTable(TableDefinition)
  case dropTable(String)
  /// Adds a column. On a table with rows it needs a default or accepts NULL.
  case addColumn(ColumnDefinition, table: String)
  /// Drops a column with the keys, indexes, checks and foreign keys that name it.
  case dropColumn(String, table: String)
  /// Renames a column, and the constraints and indexes whose names derive from it.
  case renameColumn(String, to: String, table: String)
  /// Changes a column's type. Values that the new type cannot hold make the step fail.
  case changeType(of: String, to: ColumnType, table: String)
  case changeNullability(of: String, isNullable: Bool, table: String)
  /// Changes the default; nil removes it. Existing rows keep their values.
  case changeDefault(of: String, to: DefaultValue?, table: String)
  /// Changes the texts that the column's check accepts; nil removes the check.
  case changeAllowedValues(of: String, to: [String]?, table: String)
  case addUniqueKey([String], table: String)
  case dropUniqueKey([String], table: String)
  case addReference(Reference, table: String)
  /// Drops the foreign key of a column.
  case dropReference(of: String, table: String)
  case addCheck(CheckDefinition, table: String)
  /// Drops a named check.
  case dropCheck(String, table: String)
  /// Creates an index. Where the engine can, reads and writes of the table go on meanwhile.
  case createIndex(IndexDefinition, table: String)
  case dropIndex(IndexDefinition, table: String)
  /// Statements on rows, in SQL that every engine accepts.
  case data([String])
  /// Changes the rows of a large table, batch by batch.
  case backfill(Backfill)
  /// Statements in the SQL of each engine, where no other change can state them.
  case engineSQL(EngineSQL)
  /// A change with a switch of the lint. ``Migration`` takes it apart, so that only the lint meets the switch.
  indirect case allowed(SchemaChange, Allowance)
}

/// A change of rows in batches by ranges of `id`, each in a transaction of its own.
///
/// The run records the last finished batch. After an interruption the next run goes on behind it. The statement must
/// give the same result when it runs twice on a row.
package struct Backfill: Sendable, Hashable {
  /// The table, which has an identity.
  package let table: String
  /// The assignments behind SET, in SQL that every engine accepts.
  package let assignments: String
  /// The rows that need the change, in SQL that every engine accepts; nil changes every row.
  package let condition: String?
  /// The rows of one batch.
  package let batchRows: Int
  /// The pause after each batch, in which other writers and the disk catch up.
  package let pauseMilliseconds: Int

  /// The default of ``batchRows``: a batch takes well under a second.
  package static let defaultBatchRows = 5_000
  /// The default of ``pauseMilliseconds``.
  package static let defaultPauseMilliseconds = 20

  /// A backfill of `table`.
  package init(
    table: String, set assignments: String, where condition: String? = nil,
    batchRows: Int = Backfill.defaultBatchRows, pauseMilliseconds: Int = Backfill.defaultPauseMilliseconds
  ) {
    self.table = table
    self.assignments = assignments
    self.condition = condition
    self.batchRows = max(1, batchRows)
    self.pauseMilliseconds = max(0, pauseMilliseconds)
  }
}

/// Statements for each engine, by the value of `DB_TYPE` that selects it.
package struct EngineSQL: Sendable, Hashable {
  /// The statements of each engine. An engine without an entry stops the run before the step.
  package let statements: [String: [String]]
  /// What the statements do to the schema, in terms of other changes; they do not run.
  package let effects: [SchemaChange]
  /// The allowances of the effects.
  let allowances: [Allowance]

  /// Statements with their effects on the schema.
  package init(_ statements: [String: [String]], effects: [SchemaChange] = []) {
    self.statements = statements
    self.effects = effects.map(\.bare)
    allowances = effects.flatMap(\.allowances)
  }
}
