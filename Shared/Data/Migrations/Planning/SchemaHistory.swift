import Schema

/// The tables that result from changes, without a database.
///
/// The tests compare the migrations with ``Schema/tables`` by it. The runner derives the state before a change from
/// it, and refuses a change that contradicts that state.
package struct SchemaHistory: Sendable, Hashable {
  /// In the order of their creation.
  package private(set) var tables: [TableDefinition] = []

  /// No tables.
  package init() {}

  /// The tables after these migrations.
  package init(after migrations: some Sequence<Migration>) throws(Contradiction) {
    for migration in migrations {
      for change in migration.up { try apply(change) }
    }
  }

  /// Why a change is invalid for the tables.
  package enum Contradiction: Error, Sendable, Hashable {
    case tableExists(String)
    case noTable(String)
    case noColumn(String, table: String)
    case columnExists(String, table: String)
    /// A constraint or an index of this name exists already.
    case nameTaken(String, table: String)
    /// There is no constraint or index of this name.
    case noConstraint(String, table: String)
    /// The column is the primary key, whose type and nullability are fixed.
    case identity(String, table: String)
    /// A foreign key of another table refers to the table.
    case referenced(String, by: String)
    /// The text of a check or of an index's condition names the column; the developer drops it first.
    case namedInCondition(String, of: String)
  }

  /// The table with this name, or nil.
  package func table(named name: String) -> TableDefinition? {
    tables.first { $0.name == name }
  }

  /// Makes the change, or throws why it is invalid.
  package mutating func apply(_ change: SchemaChange) throws(Contradiction) {
    switch change {
    case .createTable(let table):
      try create(table)
    case .dropTable(let name):
      let position = try position(of: name)
      if let other = tables.first(where: { $0.name != name && $0.references.contains { $0.table == name } }) {
        throw .referenced(name, by: other.name)
      }
      tables.remove(at: position)
    case .data:
      break
    case .backfill(let backfill):
      guard try known(backfill.table).identity != nil else { throw .noColumn("id", table: backfill.table) }
    case .engineSQL(let sql):
      for effect in sql.effects { try apply(effect) }
    case .allowed(let change, _):
      try apply(change)
    case .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability, .changeDefault,
      .changeAllowedValues:
      try applyToColumn(change)
    case .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck, .dropCheck, .createIndex,
      .dropIndex:
      try applyToConstraint(change)
    }
  }

  private mutating func create(_ table: TableDefinition) throws(Contradiction) {
    guard self.table(named: table.name) == nil else { throw .tableExists(table.name) }
    let named =
      table.uniqueKeys.flatMap { $0 } + table.indexes.flatMap(\.columns) + table.references.map(\.column)
      + table.checks.flatMap(\.columns)
    for column in named where table.column(named: column) == nil {
      throw .noColumn(column, table: table.name)
    }
    tables.append(table)
  }

  func position(of table: String) throws(Contradiction) -> Int {
    guard let position = tables.firstIndex(where: { $0.name == table }) else { throw .noTable(table) }
    return position
  }

  func known(_ table: String) throws(Contradiction) -> TableDefinition {
    tables[try position(of: table)]
  }

  @discardableResult
  func require(_ column: String, _ table: String) throws(Contradiction) -> ColumnDefinition {
    guard let found = try known(table).column(named: column) else { throw .noColumn(column, table: table) }
    return found
  }

  mutating func alter(_ table: String, _ body: (inout TableDraft) -> Void) throws(Contradiction) {
    let position = try position(of: table)
    var draft = TableDraft(tables[position])
    body(&draft)
    tables[position] = draft.definition
  }
}

extension SchemaHistory.Contradiction: CustomStringConvertible {
  /// One clause for the operator.
  package var description: String {
    switch self {
    case .tableExists(let table): "table \(table) exists already"
    case .noTable(let table): "there is no table \(table)"
    case .noColumn(let column, let table): "there is no column \(table).\(column)"
    case .columnExists(let column, let table): "column \(table).\(column) exists already"
    case .nameTaken(let name, let table): "table \(table) has a constraint or an index \(name) already"
    case .noConstraint(let name, let table): "table \(table) has no constraint or index \(name)"
    case .identity(let column, let table): "column \(table).\(column) is the primary key"
    case .referenced(let table, let other): "a foreign key of table \(other) refers to table \(table)"
    case .namedInCondition(let column, let name):
      "the condition of \(name) names column \(column): drop \(name) first"
    }
  }
}
