import DataAccess
import Schema

/// Changes of existing tables by `ALTER TABLE`.
///
/// A constraint on a table with rows is added without a look at them, and validated in a later transaction, which lets
/// readers and writers pass: https://www.postgresql.org/docs/current/sql-altertable.html, "Notes".
struct TableAlteration {
  let writer: DefinitionWriter
  let tables: SchemaHistory
  let created: Set<String>

  func fragments(for change: SchemaChange) -> [DefinitionFragment] {
    switch change {
    case .addColumn(let column, let table):
      [.joined(writer.addColumn(column, to: table))]
    case .dropColumn(let column, let table):
      [alter(table, "DROP COLUMN \(writer.quoted(column))")]
    case .renameColumn(let column, let name, let table):
      renaming(column, to: name, in: table)
    case .changeType(let column, let type, let table):
      changingType(of: column, to: type, in: table)
    case .changeNullability(let column, true, let table):
      [alter(table, "ALTER COLUMN \(writer.quoted(column)) DROP NOT NULL")]
    case .changeNullability(let column, false, let table):
      filling(column, of: table)
    case .changeDefault(let column, let value, let table):
      [settingDefault(of: column, to: value, in: table)]
    case .changeAllowedValues(let column, let values, let table):
      changingAllowedValues(of: column, to: values, in: table)
    case .createTable, .dropTable, .createIndex, .dropIndex, .data, .backfill, .engineSQL, .allowed,
      .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck, .dropCheck:
      constraintFragments(for: change)
    }
  }

  private func constraintFragments(for change: SchemaChange) -> [DefinitionFragment] {
    switch change {
    case .addUniqueKey(let columns, let table):
      addingUniqueKey(columns, to: table)
    case .dropUniqueKey(let columns, let table):
      [dropping(TableDefinition.uniqueKeyName(columns, in: table), of: table)]
    case .addReference(let reference, let table):
      adding(
        writer.foreignKey(reference, in: table),
        TableDefinition.referenceName(reference.column, in: table), to: table)
    case .dropReference(let column, let table):
      [dropping(TableDefinition.referenceName(column, in: table), of: table)]
    case .addCheck(let check, let table):
      adding(writer.check(check), check.name, to: table)
    case .dropCheck(let name, let table):
      [dropping(name, of: table)]
    case .createTable, .dropTable, .createIndex, .dropIndex, .data, .backfill, .engineSQL, .allowed,
      .addColumn,
      .dropColumn, .renameColumn, .changeType, .changeNullability, .changeDefault, .changeAllowedValues:
      []
    }
  }

  // MARK: Columns

  /// Renames what derives its name from the column too, so that later changes find it.
  private func renaming(_ column: String, to name: String, in table: String) -> [DefinitionFragment] {
    let rename = alter(table, "RENAME COLUMN \(writer.quoted(column)) TO \(writer.quoted(name))")
    guard let before = tables.table(named: table) else { return [rename] }
    var draft = TableDraft(before)
    draft.rename(column, to: name)
    let after = draft.definition
    let constraints = zip(Self.constraintNames(before), Self.constraintNames(after)).filter { $0 != $1 }
    let indexes = zip(before.indexes, after.indexes).map { ($0.name(on: table), $1.name(on: table)) }
    return [rename]
      + constraints.map {
        alter(table, "RENAME CONSTRAINT \(writer.quoted($0)) TO \(writer.quoted($1))")
      }
      + indexes.filter { $0 != $1 }.map {
        .joined("ALTER INDEX \(writer.quoted($0)) RENAME TO \(writer.quoted($1))")
      }
  }

  private static func constraintNames(_ table: TableDefinition) -> [String] {
    table.uniqueKeys.map { TableDefinition.uniqueKeyName($0, in: table.name) }
      + table.references.map { TableDefinition.referenceName($0.column, in: table.name) }
      + table.columns.filter { $0.allowedValues != nil }.map {
        TableDefinition.columnCheckName($0.name, in: table.name)
      }
  }

  /// The default gets the new type too, and not every default can be cast. An explicit cast to a text type would cut
  /// long values; without one the engine refuses them.
  private func changingType(
    of column: String, to type: ColumnType, in table: String
  ) -> [DefinitionFragment] {
    let name = writer.quoted(column)
    let typeName = writer.dialect.types[type]
    let cast =
      switch type {
      case .varchar, .char, .text, .json: ""
      case .bigint, .integer, .boolean, .timestamp, .date, .other: " USING \(name)::\(typeName)"
      }
    let change = alter(table, "ALTER COLUMN \(name) TYPE \(typeName)\(cast)")
    guard let value = tables.table(named: table)?.column(named: column)?.defaultValue else { return [change] }
    return [
      settingDefault(of: column, to: nil, in: table), change,
      settingDefault(of: column, to: value, in: table),
    ]
  }

  private func settingDefault(
    of column: String, to value: DefaultValue?, in table: String
  ) -> DefinitionFragment {
    let action = value.map { "SET DEFAULT \(writer.literal($0))" } ?? "DROP DEFAULT"
    return alter(table, "ALTER COLUMN \(writer.quoted(column)) \(action)")
  }

  /// A validated check lets `SET NOT NULL` skip its scan of the table, during which it would block all readers.
  private func filling(_ column: String, of table: String) -> [DefinitionFragment] {
    let set = alter(table, "ALTER COLUMN \(writer.quoted(column)) SET NOT NULL")
    if created.contains(table) { return [set] }
    let name = "\(table)_\(column)_filled"
    let check = CheckDefinition(
      name: name, columns: [column], condition: "\(writer.quoted(column)) IS NOT NULL")
    return adding(writer.check(check), name, to: table) + [set, dropping(name, of: table)]
  }

  private func changingAllowedValues(
    of column: String, to values: [String]?, in table: String
  ) -> [DefinitionFragment] {
    guard let before = tables.table(named: table)?.column(named: column) else { return [] }
    let name = TableDefinition.columnCheckName(column, in: table)
    let drop = before.allowedValues == nil ? [] : [dropping(name, of: table)]
    let after = before.changing(allowedValues: .some(values))
    guard let condition = writer.condition(on: after) else { return drop }
    let check = CheckDefinition(name: name, columns: [column], condition: condition)
    return drop + adding(writer.check(check), name, to: table)
  }

  // MARK: Constraints

  private func adding(_ constraint: String, _ name: String, to table: String) -> [DefinitionFragment] {
    if created.contains(table) { return [alter(table, "ADD \(constraint)")] }
    return [
      alter(table, "ADD \(constraint) NOT VALID"),
      .alone("ALTER TABLE \(writer.quoted(table)) VALIDATE CONSTRAINT \(writer.quoted(name))"),
    ]
  }

  private func addingUniqueKey(_ columns: [String], to table: String) -> [DefinitionFragment] {
    let name = TableDefinition.uniqueKeyName(columns, in: table)
    guard !created.contains(table), let online = writer.dialect.definitions.onlineIndexes else {
      return [alter(table, "ADD \(writer.uniqueKey(columns, in: table))")]
    }
    let index = IndexDefinition(columns, isUnique: true, name: name)
    return [
      .onlineIndex(writer.onlineIndex(index, on: table, online)),
      alter(table, "ADD CONSTRAINT \(writer.quoted(name)) UNIQUE USING INDEX \(writer.quoted(name))"),
    ]
  }

  private func dropping(_ constraint: String, of table: String) -> DefinitionFragment {
    alter(table, "DROP CONSTRAINT \(writer.quoted(constraint))")
  }

  private func alter(_ table: String, _ action: String) -> DefinitionFragment {
    .joined("ALTER TABLE \(writer.quoted(table)) \(action)")
  }
}
