/// Compares the declared tables with a live schema. Pure: two values in, differences out.
package struct SchemaComparison: Sendable {
  private let declared: [LiveTable]
  private let actual: LiveSchema

  /// Compares tables that ``LiveTable/declared(_:in:)`` made with a schema that a reader returned.
  package init(declared: [LiveTable], actual: LiveSchema) {
    self.declared = declared
    self.actual = actual
  }

  /// Every difference that changes what statements do, table by table.
  package var differences: [SchemaDifference] {
    declared.flatMap { table -> [SchemaDifference] in
      guard let found = actual.table(named: table.name) else { return [absence(of: table)] }
      if case .other(let words) = found.kind {
        return [SchemaDifference(.different, table: table.name, "\(words) is in the table's place")]
      }
      return TableComparison(declared: table, actual: found).differences
    }
  }

  /// What is beside the declared objects and changes no statement: additional indexes on declared tables.
  package var additions: [String] {
    declared.flatMap { table in
      actual.table(named: table.name).map { TableComparison(declared: table, actual: $0).additions } ?? []
    }
  }

  /// The tables and views that no definition declares; they may belong to other programs.
  package var others: [String] {
    let names = Set(declared.map(\.name))
    return actual.tables.filter { $0.schema != nil || !names.contains($0.name) }.map(\.qualifiedName).sorted()
  }

  private func absence(of table: LiveTable) -> SchemaDifference {
    let elsewhere = actual.tables.filter { $0.name == table.name }.map(\.qualifiedName).sorted()
    let hint = elsewhere.isEmpty ? "" : "; there is \(elsewhere.joined(separator: ", "))"
    return SchemaDifference(.missing, table: table.name, "the table is missing\(hint)")
  }
}
