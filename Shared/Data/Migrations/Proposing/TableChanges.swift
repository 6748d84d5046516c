import Schema

/// Compares two definitions of one table. Constraints go first and come last, so that no change of a column meets one.
struct TableChanges {
  let before: TableDefinition
  let after: TableDefinition
  let notesDoubts: Bool

  private var name: String { after.name }

  var items: [SchemaProposal.Item] {
    droppedConstraints + addedColumns + changedColumns + droppedColumns + addedConstraints
  }

  private func item(_ change: SchemaChange, _ questions: [String?] = []) -> SchemaProposal.Item {
    SchemaProposal.Item(change: change, questions: notesDoubts ? questions.compactMap { $0 } : [])
  }

  // MARK: Columns

  private var added: [ColumnDefinition] { after.columns.filter { before.column(named: $0.name) == nil } }

  private var dropped: [ColumnDefinition] { before.columns.filter { after.column(named: $0.name) == nil } }

  private var addedColumns: [SchemaProposal.Item] {
    added.map { column in
      let isRequired = !column.isNullable && column.defaultValue == nil
      let question =
        "Rows exist, and \(column.name) is NOT NULL without a default. Add it as nullable, fill it, then change it?"
      return item(.addColumn(column, table: name), [isRequired ? question : nil])
    }
  }

  private var droppedColumns: [SchemaProposal.Item] {
    dropped.map { column in
      let similar = added.first { $0.type == column.type }.map {
        "Or is it renamed? Then .renameColumn(\"\(column.name)\", to: \"\($0.name)\", table: \"\(name)\") "
          + "takes the place of both changes."
      }
      return item(
        .dropColumn(column.name, table: name),
        ["The values of \(column.name) are lost. Does no program of the release before use it?", similar])
    }
  }

  private var changedColumns: [SchemaProposal.Item] {
    after.columns.flatMap { column -> [SchemaProposal.Item] in
      guard let old = before.column(named: column.name), old != column else { return [] }
      return changes(of: old, to: column)
    }
  }

  private func changes(of old: ColumnDefinition, to new: ColumnDefinition) -> [SchemaProposal.Item] {
    var items: [SchemaProposal.Item] = []
    if old.type != new.type {
      items.append(
        item(
          .changeType(of: new.name, to: new.type, table: name),
          ["Can \(new.type) hold every value of \(new.name), and what the release before writes?"]))
    }
    if old.defaultValue != new.defaultValue {
      items.append(item(.changeDefault(of: new.name, to: new.defaultValue, table: name)))
    }
    if old.allowedValues != new.allowedValues {
      let narrows = Set(old.allowedValues ?? []).subtracting(new.allowedValues ?? []).isEmpty == false
      let question =
        "Are there rows with a value that is no longer allowed, and does the release before write one?"
      let isNarrower = new.allowedValues != nil && (old.allowedValues == nil || narrows)
      items.append(
        item(
          .changeAllowedValues(of: new.name, to: new.allowedValues, table: name),
          [isNarrower ? question : nil]))
    }
    if old.isNullable != new.isNullable {
      let question = "Rows with NULL in \(new.name) make the step fail. Fill them in an earlier step?"
      items.append(
        item(
          .changeNullability(of: new.name, isNullable: new.isNullable, table: name),
          [new.isNullable ? nil : question]))
    }
    return items
  }

  // MARK: Constraints

  private var droppedConstraints: [SchemaProposal.Item] {
    let indexes = before.indexes.filter { !after.indexes.contains($0) }
    let keys = before.uniqueKeys.filter { !after.uniqueKeys.contains($0) }
    let references = before.references.filter { !after.references.contains($0) }
    let checks = before.checks.filter { !after.checks.contains($0) }
    return indexes.map { item(.dropIndex($0, table: name)) }
      + keys.map { item(.dropUniqueKey($0, table: name)) }
      + references.map { item(.dropReference(of: $0.column, table: name)) }
      + checks.map { item(.dropCheck($0.name, table: name)) }
  }

  private var addedConstraints: [SchemaProposal.Item] {
    let keys = after.uniqueKeys.filter { !before.uniqueKeys.contains($0) }.map {
      item(.addUniqueKey($0, table: name), ["Are there rows with equal \($0.joined(separator: ", "))?"])
    }
    let references = after.references.filter { !before.references.contains($0) }.map {
      item(.addReference($0, table: name), ["Are there rows whose \($0.column) is not in \($0.table)?"])
    }
    let checks = after.checks.filter { !before.checks.contains($0) }.map {
      item(.addCheck($0, table: name), ["Are there rows that do not fulfil \($0.condition)?"])
    }
    return keys + references + checks
      + after.indexes.filter { !before.indexes.contains($0) }.map { item(.createIndex($0, table: name)) }
  }
}
