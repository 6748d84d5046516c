/// Finds changes that lose rows, values or names.
struct LossCheck {
  let facts: VersionFacts

  func hits(_ change: SchemaChange) -> [LintHit] {
    switch change {
    case .dropTable(let table):
      facts.existed(table) ? [LintHit(.dropTable, "table \(table)")] : []
    case .dropColumn(let column, let table):
      isOld(column, table) ? [LintHit(.dropColumn, "column \(table).\(column)")] : []
    case .renameColumn(let column, let name, let table):
      isOld(column, table) ? [LintHit(.renameColumn, "column \(table).\(column) becomes \(name)")] : []
    case .createTable, .addColumn, .changeType, .changeNullability, .changeDefault, .changeAllowedValues,
      .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck, .dropCheck, .createIndex,
      .dropIndex, .data, .backfill, .engineSQL, .allowed:
      []
    }
  }

  private func isOld(_ column: String, _ table: String) -> Bool {
    facts.existed(table) && !facts.isAdded(column, table)
  }
}
