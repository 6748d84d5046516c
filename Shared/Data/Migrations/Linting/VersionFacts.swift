import Schema

/// The schema before a change, and what the changes before it have done to the rows.
struct VersionFacts {
  /// The tables before the change.
  private(set) var tables = SchemaHistory()
  /// The tables that the version has created: they have neither rows nor readers of an older release.
  private(set) var created: Set<String> = []
  /// The columns that the version has added to tables that existed.
  private var added: Set<ColumnPlace> = []
  /// The columns whose rows a step has filled or corrected, in this version or before.
  private var corrected: Set<ColumnPlace> = []

  /// The columns whose rows have fulfilled a constraint that the version has dropped.
  private var relaxed: Set<ColumnPlace> = []

  private struct ColumnPlace: Hashable {
    let table: String
    let column: String
  }

  /// Whether the table existed before the version.
  func existed(_ table: String) -> Bool { !created.contains(table) && tables.table(named: table) != nil }

  func column(_ name: String, _ table: String) -> ColumnDefinition? {
    tables.table(named: table)?.column(named: name)
  }

  /// Whether the version has added the column to a table that existed.
  func isAdded(_ column: String, _ table: String) -> Bool {
    added.contains(ColumnPlace(table: table, column: column))
  }

  /// Whether the version has added the column so that an insert which omits it stores NULL.
  func isOptional(_ column: String, _ table: String) -> Bool {
    guard isAdded(column, table), let definition = self.column(column, table) else { return false }
    return definition.isNullable && definition.defaultValue == nil
  }

  /// Whether every row has NULL in the column, because the version has just added it so.
  func isEmpty(_ column: String, _ table: String) -> Bool {
    isOptional(column, table) && !isCorrected(column, table)
  }

  func isCorrected(_ column: String, _ table: String) -> Bool {
    let place = ColumnPlace(table: table, column: column)
    return corrected.contains(place) || relaxed.contains(place)
  }

  mutating func begin() {
    created = []
    added = []
    relaxed = []
  }

  /// Goes behind the change.
  mutating func apply(_ change: SchemaChange) throws(SchemaHistory.Contradiction) {
    let (table, columns) = relaxedColumns(change)
    try tables.apply(change)
    note(change)
    for column in columns { relaxed.insert(ColumnPlace(table: table, column: column)) }
  }

  /// The columns of the constraint that the change drops. A step may drop it, change the column, and add it again.
  private func relaxedColumns(_ change: SchemaChange) -> (table: String, columns: [String]) {
    switch change {
    case .changeAllowedValues(let column, nil, let table), .changeNullability(let column, true, let table),
      .dropReference(let column, let table):
      (table, [column])
    case .dropUniqueKey(let columns, let table): (table, columns)
    case .dropIndex(let index, let table): (table, index.isUnique ? index.columns : [])
    case .dropCheck(let name, let table):
      (table, tables.table(named: table)?.checks.first { $0.name == name }?.columns ?? [])
    case .createTable, .dropTable, .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .addUniqueKey, .addReference, .addCheck, .createIndex, .data,
      .backfill, .engineSQL, .allowed:
      ("", [])
    }
  }

  private mutating func note(_ change: SchemaChange) {
    switch change {
    case .createTable(let table): created.insert(table.name)
    case .dropTable(let table):
      created.remove(table)
      forget { $0.table == table }
    case .addColumn(let column, let table):
      if !created.contains(table) { added.insert(ColumnPlace(table: table, column: column.name)) }
    case .dropColumn(let column, let table):
      forget { $0 == ColumnPlace(table: table, column: column) }
    case .renameColumn(let column, let name, let table):
      let (old, new) = (ColumnPlace(table: table, column: column), ColumnPlace(table: table, column: name))
      if added.remove(old) != nil { added.insert(new) }
      if corrected.remove(old) != nil { corrected.insert(new) }
    case .backfill(let backfill): correct(backfill.table, backfill.assignments)
    case .data(let statements):
      for table in tables.tables where statements.contains(where: { $0.words.contains(table.name) }) {
        for statement in statements { correct(table.name, statement) }
      }
    case .engineSQL(let sql):
      for effect in sql.effects { note(effect) }
    case .allowed(let change, _): note(change)
    case .changeType, .changeNullability, .changeDefault, .changeAllowedValues, .addUniqueKey, .dropUniqueKey,
      .addReference, .dropReference, .addCheck, .dropCheck, .createIndex, .dropIndex:
      break
    }
  }

  /// A statement that names the column counts as its correction: the lint sees that the developer thought of the rows.
  private mutating func correct(_ table: String, _ sql: String) {
    let words = sql.words
    for column in tables.table(named: table)?.columns ?? [] where words.contains(column.name) {
      corrected.insert(ColumnPlace(table: table, column: column.name))
    }
  }

  private mutating func forget(_ isGone: (ColumnPlace) -> Bool) {
    added = added.filter { !isGone($0) }
    corrected = corrected.filter { !isGone($0) }
  }
}

extension String {
  /// The words of a piece of SQL, also quoted ones.
  var words: Set<String> {
    Set(split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
  }
}
