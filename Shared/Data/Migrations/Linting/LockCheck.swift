import Schema

/// Finds changes during which the engine holds an exclusive lock for as long as the table is large.
///
/// https://www.postgresql.org/docs/16/sql-altertable.html, "Notes": what rewrites and what reads the whole table.
struct LockCheck {
  let facts: VersionFacts

  func hits(_ change: SchemaChange) -> [LintHit] {
    switch change {
    case .addColumn(let column, let table):
      facts.existed(table) ? adding(column, to: table) : []
    case .changeType(let column, let type, let table):
      facts.existed(table) ? changing(column, to: type, in: table) : []
    case .backfill(let backfill) where backfill.batchRows > MigrationLint.largestBatch:
      [LintHit(.largeBackfillBatch, "\(backfill.batchRows) rows of \(backfill.table) in a batch")]
    case .createTable, .dropTable, .dropColumn, .renameColumn, .changeNullability, .changeDefault,
      .changeAllowedValues, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck,
      .dropCheck, .createIndex, .dropIndex, .data, .backfill, .engineSQL, .allowed:
      []
    }
  }

  private func adding(_ column: ColumnDefinition, to table: String) -> [LintHit] {
    let place = "column \(table).\(column.name)"
    if column.isIdentity { return [LintHit(.identityColumn, place)] }
    return column.allowedValues == nil ? [] : [LintHit(.columnWithCheck, place)]
  }

  private func changing(_ column: String, to type: ColumnType, in table: String) -> [LintHit] {
    guard let definition = facts.column(column, table), definition.type != type else { return [] }
    let place = "column \(table).\(column)"
    guard definition.type.isStored(alike: type) else {
      return [LintHit(.typeRewrite, "\(place) from \(definition.type) to \(type)")]
    }
    let conditions = conditions(on: definition, in: table)
    return conditions.isEmpty
      ? [] : [LintHit(.typeRecheck, "\(place), which \(conditions.joined(separator: ", ")) names")]
  }

  /// The checks and the partial indexes whose text depends on the column.
  private func conditions(on column: ColumnDefinition, in table: String) -> [String] {
    guard let definition = facts.tables.table(named: table) else { return [] }
    let own = TableDefinition.columnCheckName(column.name, in: table)
    let checks = definition.checks.filter { $0.columns.contains(column.name) }.map(\.name)
    let indexes = definition.indexes.filter {
      guard let condition = $0.condition else { return false }
      return $0.columns.contains(column.name) || condition.words.contains(column.name)
    }
    return (column.allowedValues == nil ? [] : [own]) + checks + indexes.map { $0.name(on: table) }
  }
}

extension ColumnType {
  /// Whether every value of this type is a value of the other in the same stored form, so that no row changes.
  func isStored(alike other: ColumnType) -> Bool {
    switch (self, other) {
    case (.varchar(let old), .varchar(let new)): old <= new
    case (.varchar, .text), (.varchar, .json), (.text, .json), (.json, .text): true
    default: self == other
    }
  }
}
