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
  /// Indexes beside those of the keys.
  package let indexes: [IndexDefinition]
  /// Foreign keys to other tables of the same owner. No foreign key crosses owners.
  package let references: [Reference]
  /// Named checks beside those of the columns.
  package let checks: [CheckDefinition]
  /// Whether it is a view. Only live schemas have views.
  package var isView = false
  /// The sequences from which an insert takes its defaults, by name. Identity columns need no right on theirs.
  package var sequences: [String] = []
  /// The tables and views whose rows it shows by rights that are not the reader's, by name. Only live schemas have any.
  package var shown: Set<String> = []
  /// The tables that it is a partition or a child of, by name. Only live schemas have any.
  package var ancestors: Set<String> = []
  /// The verbs whose statements the engine replaces before it checks a permission. Only live schemas have any.
  package var replacedVerbs: Set<String> = []
  /// Whether its rows are on another server.
  package var isForeign = false

  /// A table whose only key is its identity, by default.
  package init(
    name: String, owner: String?, columns: [ColumnDefinition], uniqueKeys: [[String]] = [],
    indexes: [IndexDefinition] = [], references: [Reference] = [], checks: [CheckDefinition] = []
  ) {
    self.name = name
    self.owner = owner
    self.columns = columns
    self.uniqueKeys = uniqueKeys
    self.indexes = indexes
    self.references = references
    self.checks = checks
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
