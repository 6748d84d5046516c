import Schema

/// The tables that result from changes, without a database. The tests use it to compare the migrations with
/// ``Schema/tables``.
package struct SchemaHistory: Sendable, Hashable {
  /// In the order of their creation.
  package private(set) var tables: [TableDefinition] = []

  /// No tables.
  package init() {}

  /// Why a change is invalid for the tables.
  package enum Contradiction: Error, Sendable, Hashable {
    case tableExists(String)
    case noTable(String)
    case noColumn(String, table: String)
    case columnExists(String, table: String)
  }

  /// Makes the change, or throws why it is invalid.
  package mutating func apply(_ change: SchemaChange) throws(Contradiction) {
    switch change {
    case .createTable(let table):
      guard !tables.contains(where: { $0.name == table.name }) else { throw .tableExists(table.name) }
      tables.append(table)
    case .dropTable(let name):
      tables.remove(at: try position(of: name))
    case .addColumn(let column, let table):
      try add(column, to: table)
    case .dropColumn(let column, let table):
      try requireColumn(column, table)
      try alter(table) { $0.columns.removeAll { $0.name == column } }
    case .renameColumn(let column, let name, let table):
      try rename(column, to: name, in: table)
    case .createIndex(let columns, let table):
      for column in columns { try requireColumn(column, table) }
      try alter(table) { $0.indexes.append(columns) }
    case .dropIndex(let columns, let table):
      try alter(table) { $0.indexes.removeAll { $0 == columns } }
    case .data:
      break
    }
  }

  private mutating func add(_ column: ColumnDefinition, to table: String) throws(Contradiction) {
    guard tables[try position(of: table)].column(named: column.name) == nil else {
      throw .columnExists(column.name, table: table)
    }
    try alter(table) { $0.columns.append(column) }
  }

  private mutating func rename(_ column: String, to name: String, in table: String) throws(Contradiction) {
    try requireColumn(column, table)
    try alter(table) { draft in
      draft.columns = draft.columns.map { $0.name == column ? $0.renamed(name) : $0 }
      let replaced = { (columns: [String]) in columns.map { $0 == column ? name : $0 } }
      draft.uniqueKeys = draft.uniqueKeys.map(replaced)
      draft.indexes = draft.indexes.map(replaced)
    }
  }

  private func position(of table: String) throws(Contradiction) -> Int {
    guard let position = tables.firstIndex(where: { $0.name == table }) else { throw .noTable(table) }
    return position
  }

  private func requireColumn(_ column: String, _ table: String) throws(Contradiction) {
    guard tables[try position(of: table)].column(named: column) != nil else {
      throw .noColumn(column, table: table)
    }
  }

  private mutating func alter(_ table: String, _ body: (inout Draft) -> Void) throws(Contradiction) {
    let position = try position(of: table)
    let before = tables[position]
    var draft = Draft(columns: before.columns, uniqueKeys: before.uniqueKeys, indexes: before.indexes)
    body(&draft)
    tables[position] = TableDefinition(
      name: before.name, owner: before.owner, columns: draft.columns, uniqueKeys: draft.uniqueKeys,
      indexes: draft.indexes, references: before.references)
  }

  private struct Draft {
    var columns: [ColumnDefinition]
    var uniqueKeys: [[String]]
    var indexes: [[String]]
  }
}

extension ColumnDefinition {
  fileprivate func renamed(_ name: String) -> ColumnDefinition {
    ColumnDefinition(
      name: name, type: type, isNullable: isNullable, isIdentity: isIdentity, defaultValue: defaultValue,
      allowedValues: allowedValues)
  }
}
