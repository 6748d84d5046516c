import Schema

/// Changes of columns.
extension SchemaHistory {
  mutating func applyToColumn(_ change: SchemaChange) throws(Contradiction) {
    switch change {
    case .addColumn(let column, let table):
      guard try known(table).column(named: column.name) == nil else {
        throw .columnExists(column.name, table: table)
      }
      try alter(table) { $0.columns.append(column) }
    case .dropColumn(let column, let table):
      try refuseIdentity(column, table)
      try refuseConditions(on: column, of: table)
      try alter(table) { $0.drop(column) }
    case .renameColumn(let column, let name, let table):
      try rename(column, to: name, in: table)
    case .changeType(let column, let type, let table):
      try refuseIdentity(column, table)
      try alter(table) { $0.replace(column) { $0.changing(type: type) } }
    case .changeNullability(let column, let isNullable, let table):
      try refuseIdentity(column, table)
      try alter(table) { $0.replace(column) { $0.changing(isNullable: isNullable) } }
    case .changeDefault(let column, let value, let table):
      try refuseIdentity(column, table)
      try alter(table) { $0.replace(column) { $0.changing(defaultValue: .some(value)) } }
    case .changeAllowedValues(let column, let values, let table):
      try refuseIdentity(column, table)
      try alter(table) { $0.replace(column) { $0.changing(allowedValues: .some(values)) } }
    case .createTable, .dropTable, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck,
      .dropCheck, .createIndex, .dropIndex, .data, .backfill, .engineSQL, .allowed:
      break
    }
  }

  private mutating func rename(_ column: String, to name: String, in table: String) throws(Contradiction) {
    try require(column, table)
    guard try known(table).column(named: name) == nil else { throw .columnExists(name, table: table) }
    try refuseConditions(on: column, of: table)
    let definition = try known(table)
    for check in definition.checks where check.columns.contains(column) {
      throw .namedInCondition(column, of: check.name)
    }
    try alter(table) { $0.rename(column, to: name) }
  }

  private func refuseIdentity(_ column: String, _ table: String) throws(Contradiction) {
    if try require(column, table).isIdentity { throw .identity(column, table: table) }
  }

  /// No engine-independent code rewrites the text of a condition.
  private func refuseConditions(on column: String, of table: String) throws(Contradiction) {
    for index in try known(table).indexes {
      guard let condition = index.condition, Self.words(of: condition).contains(Substring(column)) else {
        continue
      }
      throw .namedInCondition(column, of: index.name(on: table))
    }
  }

  private static func words(of text: String) -> [Substring] {
    text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
  }
}
