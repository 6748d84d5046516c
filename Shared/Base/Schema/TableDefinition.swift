/// The definition of a table, for migrations, grants and proof.
package struct TableDefinition: Sendable, Hashable {
  /// The name in the database, in snake_case.
  package let name: String
  /// The service that owns the rows, `migrate-admin` for the record of migrations, nil for a shared table.
  package let owner: String?
  /// The columns in the order of their creation.
  package let columns: [ColumnDefinition]
  /// Unique constraints beside the primary key, each as its columns.
  package let uniqueKeys: [[String]]
  /// Indexes beside those of the keys, each as its columns.
  package let indexes: [[String]]
  /// Foreign keys to other tables of the same owner. No foreign key crosses owners.
  package let references: [Reference]

  /// A table whose only key is its identity, by default.
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

  /// The column with this name, or nil.
  package func column(named name: String) -> ColumnDefinition? {
    columns.first { $0.name == name }
  }

  /// The primary key, whose values the engine assigns.
  package var identity: ColumnDefinition? {
    columns.first { $0.isIdentity }
  }
}

/// A foreign key to the `id` of another table. Deleting the referenced row deletes the referring row.
package struct Reference: Sendable, Hashable {
  /// The referring column.
  package let column: String
  /// The referenced table.
  package let table: String

  /// A foreign key from `column` to `table`.
  package init(column: String, table: String) {
    self.column = column
    self.table = table
  }
}
