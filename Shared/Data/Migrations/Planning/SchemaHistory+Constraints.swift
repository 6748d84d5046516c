import Schema

/// Changes of keys, foreign keys, checks and indexes.
extension SchemaHistory {
  mutating func applyToConstraint(_ change: SchemaChange) throws(Contradiction) {
    switch change {
    case .addUniqueKey(let columns, let table):
      let name = TableDefinition.uniqueKeyName(columns, in: table)
      try requireNew(name, columns, table)
      try alter(table) { $0.uniqueKeys.append(columns) }
    case .dropUniqueKey(let columns, let table):
      let name = TableDefinition.uniqueKeyName(columns, in: table)
      try requireSome(try known(table).uniqueKeys.contains(columns), name, table)
      try alter(table) { $0.uniqueKeys.removeAll { $0 == columns } }
    case .addReference(let reference, let table):
      _ = try position(of: reference.table)
      try requireNew(TableDefinition.referenceName(reference.column, in: table), [reference.column], table)
      try alter(table) { $0.references.append(reference) }
    case .dropReference(let column, let table):
      let isThere = try known(table).references.contains { $0.column == column }
      try requireSome(isThere, TableDefinition.referenceName(column, in: table), table)
      try alter(table) { $0.references.removeAll { $0.column == column } }
    case .addCheck(let check, let table):
      try requireNew(check.name, check.columns, table)
      try alter(table) { $0.checks.append(check) }
    case .dropCheck(let name, let table):
      try requireSome(try known(table).checks.contains { $0.name == name }, name, table)
      try alter(table) { $0.checks.removeAll { $0.name == name } }
    case .createIndex(let index, let table):
      try requireNew(index.name(on: table), index.columns, table)
      try alter(table) { $0.indexes.append(index) }
    case .dropIndex(let index, let table):
      try requireSome(try known(table).indexes.contains(index), index.name(on: table), table)
      try alter(table) { $0.indexes.removeAll { $0 == index } }
    case .createTable, .dropTable, .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .data, .backfill, .engineSQL, .allowed:
      break
    }
  }

  private func requireNew(_ name: String, _ columns: [String], _ table: String) throws(Contradiction) {
    for column in columns { try require(column, table) }
    let definition = try known(table)
    let names =
      definition.uniqueKeys.map { TableDefinition.uniqueKeyName($0, in: table) }
      + definition.references.map { TableDefinition.referenceName($0.column, in: table) }
      + definition.checks.map(\.name) + definition.indexes.map { $0.name(on: table) }
    if names.contains(name) { throw .nameTaken(name, table: table) }
  }

  private func requireSome(_ isThere: Bool, _ name: String, _ table: String) throws(Contradiction) {
    guard isThere else { throw .noConstraint(name, table: table) }
  }
}
