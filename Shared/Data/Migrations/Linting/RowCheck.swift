import Schema

/// Finds changes that rows can make fail, where no step before has filled or corrected the rows.
///
/// Such a step fails half-way: its constraint stays, not validated, and refuses new rows until the step is mended.
struct RowCheck {
  let facts: VersionFacts

  func hits(_ change: SchemaChange) -> [LintHit] {
    switch change {
    case .addColumn(let column, let table):
      requires(column, table) ? [LintHit(.requiredColumn, "column \(table).\(column.name)")] : []
    case .changeNullability(let column, false, let table):
      isFilled(column, table) ? [] : [LintHit(.notNullWithoutBackfill, "column \(table).\(column)")]
    case .addUniqueKey(let columns, let table):
      unique(columns, table)
    case .createIndex(let index, let table):
      index.isUnique ? unique(index.columns, table) : []
    case .addCheck(let check, let table):
      isCorrected(check.columns, table) || check.columns.allSatisfy { facts.isEmpty($0, table) }
        ? [] : [LintHit(.checkWithoutBackfill, "check \(check.name) of table \(table)")]
    case .changeAllowedValues(let column, let values?, let table):
      allowing(values, of: column, table)
    case .addReference(let reference, let table):
      isCorrected([reference.column], table) || facts.isEmpty(reference.column, table)
        ? [] : [LintHit(.referenceWithoutBackfill, "column \(table).\(reference.column)")]
    case .createTable, .dropTable, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .dropUniqueKey, .dropReference, .dropCheck, .dropIndex, .data,
      .backfill, .engineSQL, .allowed:
      []
    }
  }

  private func requires(_ column: ColumnDefinition, _ table: String) -> Bool {
    facts.existed(table) && !column.isNullable && !column.isIdentity && column.defaultValue == nil
  }

  /// A column that the version has added with a default has that in every row.
  private func isFilled(_ column: String, _ table: String) -> Bool {
    let hasDefault = facts.column(column, table)?.defaultValue != nil
    return isCorrected([column], table) || (facts.isAdded(column, table) && hasDefault)
  }

  private func unique(_ columns: [String], _ table: String) -> [LintHit] {
    if isCorrected(columns, table) || columns.contains(where: { facts.isEmpty($0, table) }) { return [] }
    return [LintHit(.uniqueWithoutBackfill, "\(columns.joined(separator: ", ")) of table \(table)")]
  }

  private func allowing(_ values: [String], of column: String, _ table: String) -> [LintHit] {
    if isCorrected([column], table) || facts.isEmpty(column, table) { return [] }
    guard let definition = facts.column(column, table) else { return [] }
    if facts.isAdded(column, table), case .text(let text)? = definition.defaultValue, values.contains(text) {
      return []
    }
    if let before = definition.allowedValues, Set(before).isSubset(of: values) { return [] }
    return [LintHit(.checkWithoutBackfill, "the allowed values of \(table).\(column)")]
  }

  private func isCorrected(_ columns: [String], _ table: String) -> Bool {
    !facts.existed(table) || columns.contains { facts.isCorrected($0, table) }
  }
}
