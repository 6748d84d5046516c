import DataAccess

/// What the database has, as far as the account sees it.
extension StatementRunner {
  /// Whether there is a table of this name.
  func hasTable(_ name: String) async throws(DatabaseError) -> Bool {
    try await returnsRow(dialect.tableExists, [name])
  }

  /// Whether the table has a column of this name.
  func hasColumn(_ name: String, of table: String) async throws(DatabaseError) -> Bool {
    try await returnsRow(dialect.columnExists, [table, name])
  }

  /// Whether the catalog shows the whole effect; false where the engine has no words for it.
  func shows(_ effect: DefinitionEffect) async throws(DatabaseError) -> Bool {
    for object in effect.present {
      guard try await isThere(object) == true else { return false }
    }
    for object in effect.absent {
      guard try await isThere(object) == false else { return false }
    }
    return true
  }

  private func isThere(_ object: DefinitionEffect.Object) async throws(DatabaseError) -> Bool? {
    guard let words = dialect.definitions.repetition else { return nil }
    return switch object {
    case .table(let name): try await hasTable(name)
    case .column(let name, let table): try await hasColumn(name, of: table)
    case .index(let name, let table): try await returnsRow(words.indexExists, [table, name])
    case .constraint(let name, let table): try await returnsRow(words.constraintExists, [table, name])
    }
  }

  private func returnsRow(_ sql: String, _ names: [String]) async throws(DatabaseError) -> Bool {
    let query = Query(
      sql: sql, bindings: names.map { .text($0) }, operation: Operation(.other, label: "look for a table"),
      isReusable: false)
    return try await execute(query).rowCount > 0
  }
}
