import DataAccess
import Schema

/// Changes of existing tables on an engine that commits with each `ALTER TABLE`.
///
/// Each change is one statement wherever the engine can do it in one, so that an interruption leaves whole changes. Some
/// statements end with a clause that makes the engine refuse them where they would hold up writers. Checks, foreign keys,
/// types and new columns with an expression have no such clause: the engine copies the table for them, and writers wait.
struct TableModification {
  let writer: DefinitionWriter
  let tables: SchemaHistory
  /// The clause; empty on a table that has no readers yet.
  let online: String
  let words: ReferenceIndexes

  func fragments(for change: SchemaChange) -> [DefinitionFragment] {
    switch change {
    case .addColumn(let column, let table):
      let isChecked = writer.check(on: column, in: table) != nil
      let isCopied =
        isChecked || (column.defaultValue != nil && writer.takesExpression(asDefaultOf: column.type))
      let effect = DefinitionEffect(
        present: [.column(column.name, table: table)] + (isChecked ? [check(of: column.name, in: table)] : [])
      )
      return [.committing(writer.addColumn(column, to: table) + (isCopied ? "" : clause), effect)]
    case .dropColumn(let column, let table):
      return dropping(column, of: table)
    case .renameColumn(let column, let name, let table):
      return renaming(column, to: name, in: table)
    case .changeType(let column, let type, let table):
      return restating(column, of: table, isOnline: false) { $0.changing(type: type) }
    case .changeNullability(let column, let isNullable, let table):
      return restating(column, of: table, isOnline: true) { $0.changing(isNullable: isNullable) }
    case .changeDefault(let column, let value, let table):
      let type = tables.table(named: table)?.column(named: column)?.type ?? .text
      let action = value.map { "SET DEFAULT \(writer.literal($0, of: type))" } ?? "DROP DEFAULT"
      return alter(table, ["ALTER COLUMN \(writer.quoted(column)) \(action)"], isOnline: true, nil)
    case .changeAllowedValues(let column, let values, let table):
      return restating(column, of: table, isOnline: false) { $0.changing(allowedValues: .some(values)) }
    case .createTable, .dropTable, .createIndex, .dropIndex, .data, .backfill, .engineSQL, .allowed,
      .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck, .dropCheck:
      return constraintFragments(for: change)
    }
  }

  private func constraintFragments(for change: SchemaChange) -> [DefinitionFragment] {
    switch change {
    case .addUniqueKey(let columns, let table):
      alter(
        table, ["ADD \(writer.uniqueKey(columns, in: table))"], isOnline: true,
        DefinitionEffect(
          present: [.index(TableDefinition.uniqueKeyName(columns, in: table), table: table)]))
    case .dropUniqueKey(let columns, let table):
      droppingIndex(TableDefinition.uniqueKeyName(columns, in: table), over: columns, of: table)
    case .addReference(let reference, let table): adding(reference, to: table)
    case .dropReference(let column, let table): droppingReference(of: column, from: table)
    case .addCheck(let check, let table):
      alter(
        table, ["ADD \(writer.check(check))"], isOnline: false,
        DefinitionEffect(present: [.constraint(check.name, table: table)]))
    case .dropCheck(let name, let table): droppingCheck(name, of: table)
    case .createTable, .dropTable, .createIndex, .dropIndex, .data, .backfill, .engineSQL, .allowed,
      .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability, .changeDefault,
      .changeAllowedValues:
      []
    }
  }

  /// Drops an index, and keeps one for each foreign key that used it.
  func dropping(_ index: IndexDefinition, of table: String) -> [DefinitionFragment] {
    droppingIndex(index.name(on: table), over: index.columns, of: table)
  }

  // MARK: Columns

  /// A column is dropped with everything that names it, in one statement.
  private func dropping(_ column: String, of table: String) -> [DefinitionFragment] {
    guard let before = tables.table(named: table) else { return [] }
    let own = before.references.filter { $0.column == column }
    let references = own.flatMap { droppingReference(of: $0.column, in: table) }
    let keys = before.uniqueKeys.filter { $0.contains(column) }.map {
      TableDefinition.uniqueKeyName($0, in: table)
    }
    let indexes = before.indexes.filter { $0.columns.contains(column) }.map { $0.name(on: table) }
    var checks = before.checks.filter { $0.columns.contains(column) }.map(\.name)
    if let definition = before.column(named: column), writer.check(on: definition, in: table) != nil {
      checks.append(TableDefinition.columnCheckName(column, in: table))
    }
    let lost =
      before.uniqueKeys.filter { $0.contains(column) }
      + before.indexes.map(\.columns).filter { $0.contains(column) }
    let actions =
      references + (keys + indexes).map { "DROP INDEX \(writer.quoted($0))" }
      + checks.map { "DROP CONSTRAINT \(writer.quoted($0))" } + ["DROP COLUMN \(writer.quoted(column))"]
    let effect = DefinitionEffect(
      absent: [.column(column, table: table)] + own.map { reference(of: $0.column, in: table) }
        + (keys + indexes).map { .index($0, table: table) } + checks.map { .constraint($0, table: table) })
    return kept(for: lost, of: before, without: column) + alter(table, actions, isOnline: true, effect)
  }

  /// Restates the column with its other properties, and replaces its own check where that changes.
  private func restating(
    _ column: String, of table: String, isOnline: Bool, _ change: (ColumnDefinition) -> ColumnDefinition
  ) -> [DefinitionFragment] {
    guard let before = tables.table(named: table)?.column(named: column) else { return [] }
    let after = change(before)
    let (old, new) = (writer.check(on: before, in: table), writer.check(on: after, in: table))
    let name = TableDefinition.columnCheckName(column, in: table)
    let restated = "MODIFY COLUMN \(writer.definition(of: after, in: table))"
    guard old != new else { return alter(table, [restated], isOnline: isOnline, nil) }
    guard let new else {
      // In one statement, nothing in the catalog would show whether the column is restated.
      return droppingCheck(name, of: table) + alter(table, [restated], isOnline: false, nil)
    }
    // A second run replaces the check again. It finds one that is new.
    guard old == nil else {
      let actions = ["DROP CONSTRAINT \(writer.quoted(name))", restated, "ADD \(new)"]
      return alter(table, actions, isOnline: false, nil)
    }
    return alter(
      table, [restated, "ADD \(new)"], isOnline: false,
      DefinitionEffect(present: [check(of: column, in: table)]))
  }

  /// Renames what derives its name from the column too, so that later changes find it. The engine has no words for the
  /// new name of a foreign key or a check, so it drops them and adds them again: a check in the same statement, because
  /// MySQL renames no column that a check names.
  private func renaming(_ column: String, to name: String, in table: String) -> [DefinitionFragment] {
    guard let before = tables.table(named: table) else { return [] }
    var draft = TableDraft(before)
    draft.rename(column, to: name)
    let after = draft.definition
    let keys = zip(before.uniqueKeys, after.uniqueKeys).map {
      (TableDefinition.uniqueKeyName($0, in: table), TableDefinition.uniqueKeyName($1, in: table))
    }
    let indexes = zip(before.indexes, after.indexes).map { ($0.name(on: table), $1.name(on: table)) }
    let others = (keys + indexes).filter { $0 != $1 }
    let renamed = others.map {
      "RENAME INDEX \(writer.quoted($0)) TO \(writer.quoted($1))"
    }
    let rename = "RENAME COLUMN \(writer.quoted(column)) TO \(writer.quoted(name))"
    let check = after.column(named: name).flatMap { writer.check(on: $0, in: table) }
    let old = writer.quoted(TableDefinition.columnCheckName(column, in: table))
    let actions = check.map { ["DROP CONSTRAINT \(old)", rename, "ADD \($0)"] } ?? [rename]
    let effect = DefinitionEffect(
      present: [.column(name, table: table)] + others.map { .index($1, table: table) }
        + (check == nil ? [] : [self.check(of: name, in: table)]),
      absent: [.column(column, table: table)] + others.map { name, _ in .index(name, table: table) })
    return alter(table, actions + renamed, isOnline: check == nil, effect)
      + renamingReferences(before, after, (column, name))
  }

  private func renamingReferences(
    _ before: TableDefinition, _ after: TableDefinition, _ names: (old: String, new: String)
  ) -> [DefinitionFragment] {
    let table = before.name
    var fragments: [DefinitionFragment] = []
    for reference in after.references where reference.column == names.new {
      fragments += droppingReference(of: names.old, from: table) + adding(reference, to: table)
    }
    return fragments
  }

  // MARK: Indexes

  private func droppingIndex(_ name: String, over columns: [String], of table: String) -> [DefinitionFragment]
  {
    let kept = tables.table(named: table).map { self.kept(for: [columns], of: $0, without: nil) } ?? []
    return kept
      + alter(
        table, ["DROP INDEX \(writer.quoted(name))"], isOnline: true,
        DefinitionEffect(absent: [.index(name, table: table)]))
  }

  /// The indexes that foreign keys need once these others are gone; each begins with the key's column. They come first and
  /// by themselves: MySQL has no words for an index that an earlier change has left.
  private func kept(
    for lost: [[String]], of table: TableDefinition, without dropped: String?
  ) -> [DefinitionFragment] {
    let needed = Set(lost.compactMap(\.first))
    var rest = table.uniqueKeys + table.indexes.map(\.columns)
    for columns in lost { if let index = rest.firstIndex(of: columns) { rest.remove(at: index) } }
    let served = Set(rest.compactMap(\.first))
    return table.references.map(\.column).filter {
      $0 != dropped && needed.contains($0) && !served.contains($0)
    }.map {
      let name = TableDefinition.referenceName($0, in: table.name)
      let index = "\(writer.quoted(name)) (\(writer.quoted($0)))"
      return .ensuring(
        "ALTER TABLE \(writer.quoted(table.name)) \(words.adding) \(index)\(clause)",
        DefinitionEffect(present: [.index(name, table: table.name)]))
    }
  }

  /// The engine made an index for the key where none was there, under the key's name.
  private func droppingReference(of column: String, in table: String) -> [String] {
    let known = tables.table(named: table)
    let keys = (known?.uniqueKeys ?? []) + (known?.indexes.map(\.columns) ?? [])
    return words.dropping(
      writer.quoted(TableDefinition.referenceName(column, in: table)), keys.contains { $0.first == column })
  }

  private var clause: String { online.isEmpty ? "" : ", \(online)" }

  private func adding(_ reference: Reference, to table: String) -> [DefinitionFragment] {
    alter(
      table, ["ADD \(writer.foreignKey(reference, in: table))"], isOnline: false,
      DefinitionEffect(present: [self.reference(of: reference.column, in: table)]))
  }

  private func droppingReference(of column: String, from table: String) -> [DefinitionFragment] {
    alter(
      table, droppingReference(of: column, in: table), isOnline: true,
      DefinitionEffect(absent: [reference(of: column, in: table)]))
  }

  private func droppingCheck(_ name: String, of table: String) -> [DefinitionFragment] {
    alter(
      table, ["DROP CONSTRAINT \(writer.quoted(name))"], isOnline: true,
      DefinitionEffect(absent: [.constraint(name, table: table)]))
  }

  private func reference(of column: String, in table: String) -> DefinitionEffect.Object {
    .constraint(TableDefinition.referenceName(column, in: table), table: table)
  }

  private func check(of column: String, in table: String) -> DefinitionEffect.Object {
    .constraint(TableDefinition.columnCheckName(column, in: table), table: table)
  }

  private func alter(
    _ table: String, _ actions: [String], isOnline: Bool, _ effect: DefinitionEffect?
  ) -> [DefinitionFragment] {
    [
      .committing(
        "ALTER TABLE \(writer.quoted(table)) \(actions.joined(separator: ", "))\(isOnline ? clause : "")",
        effect)
    ]
  }
}
