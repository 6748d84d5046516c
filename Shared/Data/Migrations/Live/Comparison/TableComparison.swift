/// Compares one table with its declaration.
struct TableComparison {
  let declared: LiveTable
  let actual: LiveTable

  var differences: [SchemaDifference] {
    columns + traits + primaryKey + keys + compared(declared.foreignKeys, actual.foreignKeys)
      + compared(declared.checks, actual.checks) + indexes + attachments
  }

  /// Indexes that no definition declares and that only cost time and space.
  var additions: [String] {
    ordinaryIndexes.filter(isAddition).map {
      "\(declared.name): \($0.title) \($0.summary) is not declared"
    }
  }

  private func difference(
    _ kind: SchemaDifference.Kind, _ message: String, at columns: [String] = []
  ) -> SchemaDifference {
    SchemaDifference(
      kind, table: declared.name, column: columns.count == 1 ? columns[0] : nil, message)
  }

  // MARK: The table

  private var traits: [SchemaDifference] {
    actual.traits.subtracting(declared.traits).sorted().map {
      difference(.excess, "the table is \($0), which is not declared")
    }
      + declared.traits.subtracting(actual.traits).sorted().map {
        difference(.missing, "the table is not \($0), as declared")
      }
  }

  private var attachments: [SchemaDifference] {
    actual.attachments.filter { !declared.attachments.contains($0) }.map {
      difference(.excess, "the \($0.kind) \($0.name) is not declared")
    }
  }

  // MARK: Keys and indexes

  private var primaryKey: [SchemaDifference] {
    switch (declared.primaryKey, actual.primaryKey) {
    case (nil, nil): return []
    case (let key?, nil): return [difference(.missing, "the primary key is missing", at: key.columns)]
    case (nil, let key?):
      return [difference(.excess, "the primary key \(key.summary) is not declared", at: key.columns)]
    case (let wanted?, let found?):
      guard wanted.summary != found.summary else { return [] }
      return [
        difference(.different, "the primary key is \(found.summary), declared \(wanted.summary)")
      ]
    }
  }

  private var keys: [SchemaDifference] {
    let replaced = Set(indexesAsKeys.map(\.keys))
    return compared(declared.uniqueKeys.filter { !replaced.contains($0.columns) }, actual.uniqueKeys)
  }

  /// Unique indexes that enforce the same as a declared key that has no constraint.
  private var indexesAsKeys: [LiveIndex] {
    let constraints = Set(actual.uniqueKeys.map(\.summary))
    let lacking = Set(declared.uniqueKeys.filter { !constraints.contains($0.summary) }.map(\.columns))
    return actual.indexes.filter { $0.isWholeKey && lacking.contains($0.keys) }
  }

  private var indexes: [SchemaDifference] {
    compared(declared.indexes, ordinaryIndexes.filter { !isAddition($0) })
  }

  private var ordinaryIndexes: [LiveIndex] {
    let replacements = indexesAsKeys
    return actual.indexes.filter { !replacements.contains($0) }
  }

  /// Whether no declared index is meant, and no statement fails or changes because of the index.
  private func isAddition(_ index: LiveIndex) -> Bool {
    !index.isUnique && !index.traits.contains("invalid")
      && !declared.indexes.contains { $0.name == index.name || $0.summary == index.summary }
  }

  // MARK: Parts

  /// Pairs equal parts, then parts of the same name, and reports the rest.
  private func compared<Part: SchemaPart>(_ wanted: [Part], _ found: [Part]) -> [SchemaDifference] {
    var excess = found
    var lacking: [Part] = []
    for part in wanted {
      if let index = excess.firstIndex(where: { $0.summary == part.summary }) {
        excess.remove(at: index)
      } else {
        lacking.append(part)
      }
    }
    let deviations = lacking.map { part -> SchemaDifference in
      let columns = part.columns(of: declared)
      guard let index = excess.firstIndex(where: { $0.label != nil && $0.label == part.label }) else {
        return difference(.missing, "\(part.title) is missing, declared \(part.summary)", at: columns)
      }
      let other = excess.remove(at: index)
      return difference(
        .different, "\(part.title) is \(other.summary), declared \(part.summary)", at: columns)
    }
    return deviations
      + excess.map {
        let text = $0.label == nil ? $0.title : "\($0.title) \($0.summary)"
        return difference(.excess, "\(text) is not declared", at: $0.columns(of: actual))
      }
  }

  // MARK: Columns

  private var columns: [SchemaDifference] {
    let excess = actual.columns.filter { declared.column(named: $0.name) == nil }
    return declared.columns.flatMap { column -> [SchemaDifference] in
      guard let found = actual.column(named: column.name) else {
        return [absence(of: column, excess)]
      }
      return ColumnComparison(table: declared.name, declared: column, actual: found).differences
    }
      + excess.map { column in
        let effect = column.isRequired ? "; it is NOT NULL without a default, so inserts fail" : ""
        return difference(
          .excess, "the column of type \(column.type) is not declared\(effect)", at: [column.name])
      }
  }

  private func absence(of column: LiveColumn, _ excess: [LiveColumn]) -> SchemaDifference {
    let similar = excess.filter { $0.type == column.type }.map(\.name)
    let hint = similar.count == 1 ? "; \(similar[0]) has its type, so it may have been renamed" : ""
    return difference(.missing, "the column is missing\(hint)", at: [column.name])
  }
}
