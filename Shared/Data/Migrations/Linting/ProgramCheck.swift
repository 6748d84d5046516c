import Schema

/// Finds what programs of an older version are not compatible with: they run beside the migrated schema during a roll-out, and
/// after a roll-back.
struct ProgramCheck {
  /// What a change means for a program of the version before.
  enum Effect: Hashable {
    /// Its statements keep their meaning.
    case none
    /// The lint cannot see what the change means for it.
    case unknown
    /// What fails, as a clause.
    case breaks(String)
  }

  let facts: VersionFacts

  func effect(_ change: SchemaChange) -> Effect {
    switch change {
    case .dropTable(let table):
      facts.existed(table) ? .breaks("an older program uses table \(table)") : .none
    case .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability, .changeDefault,
      .changeAllowedValues:
      columnEffect(change)
    case .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck, .createIndex, .dropIndex:
      constraintEffect(change)
    case .data, .backfill: .unknown
    case .engineSQL(let sql): sql.effects.map(effect).first { $0 != .none } ?? .unknown
    case .allowed(let change, _): effect(change)
    case .dropCheck(_, let table): facts.existed(table) ? .unknown : .none
    case .createTable: .none
    }
  }

  // MARK: Columns

  private func columnEffect(_ change: SchemaChange) -> Effect {
    switch change {
    case .addColumn(let column, let table):
      isRequired(column) && facts.existed(table) ? omission(column.name, table) : .none
    case .dropColumn(let column, let table), .renameColumn(let column, _, let table):
      old(column, table) == nil ? .none : .breaks("an older program names column \(table).\(column)")
    case .changeType(let column, let type, let table):
      retyping(column, to: type, table)
    case .changeNullability(let column, let isNullable, let table):
      isNullable ? relaxing(column, table) : tightening(column, table)
    case .changeDefault(let column, nil, let table):
      droppingDefault(of: column, table)
    case .changeAllowedValues(let column, let values, let table):
      changingValues(of: column, to: values, table)
    case .changeDefault(let column, _, let table):
      old(column, table) == nil ? .none : .unknown
    case .createTable, .dropTable, .addUniqueKey, .dropUniqueKey, .addReference,
      .dropReference, .addCheck, .dropCheck, .createIndex, .dropIndex, .data, .backfill, .engineSQL, .allowed:
      .none
    }
  }

  /// The column, where a program of the version before has it.
  private func old(_ column: String, _ table: String) -> ColumnDefinition? {
    facts.existed(table) && !facts.isAdded(column, table) ? facts.column(column, table) : nil
  }

  private func isRequired(_ column: ColumnDefinition) -> Bool {
    !column.isNullable && !column.isIdentity && column.defaultValue == nil
  }

  private func omission(_ column: String, _ table: String) -> Effect {
    .breaks("an older program's insert has no value for \(table).\(column)")
  }

  private func retyping(_ column: String, to type: ColumnType, _ table: String) -> Effect {
    guard let before = old(column, table)?.type, before != type else { return .none }
    switch (before, type) {
    case (.varchar(let length), .varchar(let longer)) where length <= longer: return .none
    case (.varchar, .text): return .none
    default: return .breaks("an older program reads and writes \(table).\(column) as \(before)")
    }
  }

  private func relaxing(_ column: String, _ table: String) -> Effect {
    guard let before = old(column, table), !before.isNullable else { return .none }
    return .breaks("an older program does not expect NULL in \(table).\(column)")
  }

  private func tightening(_ column: String, _ table: String) -> Effect {
    if let before = old(column, table) {
      return before.isNullable ? .breaks("an older program may write NULL into \(table).\(column)") : .none
    }
    guard facts.existed(table), facts.column(column, table)?.defaultValue == nil else { return .none }
    return omission(column, table)
  }

  private func droppingDefault(of column: String, _ table: String) -> Effect {
    guard facts.existed(table), let before = facts.column(column, table), before.defaultValue != nil else {
      return .none
    }
    return facts.isAdded(column, table) && before.isNullable ? .none : omission(column, table)
  }

  private func changingValues(of column: String, to values: [String]?, _ table: String) -> Effect {
    guard let before = old(column, table), before.allowedValues != values else { return .none }
    guard let values else {
      return .breaks("an older program does not expect other values in \(table).\(column)")
    }
    guard let known = before.allowedValues, Set(known).isSubset(of: values) else {
      return .breaks("an older program may write a value into \(table).\(column) that is no longer allowed")
    }
    return .breaks("an older program does not expect the new values of \(table).\(column)")
  }

  // MARK: Constraints

  private func constraintEffect(_ change: SchemaChange) -> Effect {
    switch change {
    case .addUniqueKey(let columns, let table): addingUnique(columns, table)
    case .createIndex(let index, let table): index.isUnique ? addingUnique(index.columns, table) : .none
    case .dropUniqueKey(let columns, let table): droppingUnique(columns, table)
    case .dropIndex(let index, let table): index.isUnique ? droppingUnique(index.columns, table) : .none
    case .addReference(let reference, let table):
      !facts.existed(table) || facts.isOptional(reference.column, table)
        ? .none : refusal("foreign key on \(reference.column)", table)
    case .dropReference(let column, let table):
      facts.existed(table)
        ? .breaks("an older program relies on the foreign key of \(table).\(column)") : .none
    case .addCheck(let check, let table):
      !facts.existed(table) || check.columns.allSatisfy { facts.isAdded($0, table) }
        ? .none : refusal("check \(check.name)", table)
    case .createTable, .dropTable, .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .dropCheck, .data, .backfill, .engineSQL, .allowed:
      .none
    }
  }

  private func addingUnique(_ columns: [String], _ table: String) -> Effect {
    if !facts.existed(table) || columns.contains(where: { facts.isOptional($0, table) }) { return .none }
    return refusal("unique key on \(columns.joined(separator: ", "))", table)
  }

  private func droppingUnique(_ columns: [String], _ table: String) -> Effect {
    guard facts.existed(table) else { return .none }
    let list = columns.joined(separator: ", ")
    return .breaks("an older program's upsert names the unique key on \(list) of table \(table)")
  }

  private func refusal(_ constraint: String, _ table: String) -> Effect {
    .breaks("an older program may write a row into \(table) that the \(constraint) refuses")
  }
}
