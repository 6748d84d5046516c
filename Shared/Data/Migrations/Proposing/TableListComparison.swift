import Schema

/// Compares two lists of tables.
struct TableListComparison {
  let before: [TableDefinition]
  let after: [TableDefinition]

  func items(notesDoubts: Bool) -> [SchemaProposal.Item] {
    let added = Self.referencedFirst(after.filter { table in !before.contains { $0.name == table.name } })
    let dropped = Self.referencedFirst(before.filter { table in !after.contains { $0.name == table.name } })
    let changed = after.flatMap { table -> [SchemaProposal.Item] in
      guard let old = before.first(where: { $0.name == table.name }) else { return [] }
      return TableChanges(before: old, after: table, notesDoubts: notesDoubts).items
    }
    return added.map { SchemaProposal.Item(change: .createTable($0), questions: []) } + changed
      + dropped.reversed().map { drop($0, added, notesDoubts: notesDoubts) }
  }

  private func drop(_ table: TableDefinition, _ added: [TableDefinition], notesDoubts: Bool)
    -> SchemaProposal.Item
  {
    var questions = ["The rows of \(table.name) are lost. Does no program of the release before use it?"]
    let similar = added.filter { Set($0.columns) == Set(table.columns) }.map(\.name)
    if let name = similar.first { questions.append("Or is \(name) the same table under another name?") }
    return SchemaProposal.Item(change: .dropTable(table.name), questions: notesDoubts ? questions : [])
  }

  /// A table comes behind those that it refers to. Tables that refer to each other keep their order.
  private static func referencedFirst(_ tables: [TableDefinition]) -> [TableDefinition] {
    var sorted: [TableDefinition] = []
    var rest = tables
    while !rest.isEmpty {
      let index =
        rest.firstIndex { table in
          !table.references.contains { reference in
            reference.table != table.name && rest.contains { $0.name == reference.table }
          }
        } ?? 0
      sorted.append(rest.remove(at: index))
    }
    return sorted
  }
}
