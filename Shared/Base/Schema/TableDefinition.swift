/// A table as migrations, grants and proof see it: values only.
package struct TableDefinition: Sendable, Hashable {
  /// The name in the database, in snake_case.
  package let name: String
  /// The service that owns the rows, `migrate-admin` for the record of migrations, nil for a shared table.
  package let owner: String?
  /// In the order in which they were created.
  package let columns: [ColumnDefinition]
  /// Columns that together are unique, beside the primary key.
  package let uniqueKeys: [[String]]
  /// Columns that are indexed together, beside the keys.
  package let indexes: [[String]]
  /// References to other tables of the same owner: tables of different owners have none to each other.
  package let references: [Reference]

  /// A table without keys but its identity, unless said otherwise.
  package init(
    name: String, owner: String?, columns: [ColumnDefinition], uniqueKeys: [[String]] = [],
    indexes: [[String]] = [], references: [Reference] = []
  ) {
    self.name = name
    self.owner = owner
    self.columns = columns
    self.uniqueKeys = uniqueKeys
    self.indexes = indexes
    self.references = references
  }

  /// The column of that name, or nil when there is none.
  package func column(named name: String) -> ColumnDefinition? {
    columns.first { $0.name == name }
  }

  /// The column that the engine numbers, which is the primary key.
  package var identity: ColumnDefinition? {
    columns.first { $0.isIdentity }
  }
}

/// A column that holds the `id` of a row in another table; deleting that row deletes this one.
package struct Reference: Sendable, Hashable {
  /// The column that refers.
  package let column: String
  /// The table whose `id` it holds.
  package let table: String

  /// A column and the table it refers to.
  package init(column: String, table: String) {
    self.column = column
    self.table = table
  }
}
