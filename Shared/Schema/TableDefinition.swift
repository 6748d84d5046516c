/// A table as migrations, grants and proof see it: values only.
public struct TableDefinition: Sendable, Hashable {
  /// The name in the database, in snake_case.
  public let name: String
  /// The service that owns the rows, `migrate-admin` for the record of migrations, nil for a shared table.
  public let owner: String?
  /// In the order in which they were created.
  public let columns: [ColumnDefinition]
  /// Columns that together are unique, beside the primary key.
  public let uniqueKeys: [[String]]
  /// Columns that are indexed together, beside the keys.
  public let indexes: [[String]]
  /// References to other tables of the same owner: tables of different owners have none to each other.
  public let references: [Reference]

  /// A table without keys but its identity, unless said otherwise.
  public init(
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
  public func column(named name: String) -> ColumnDefinition? {
    columns.first { $0.name == name }
  }

  /// The column that the engine numbers, which is the primary key.
  public var identity: ColumnDefinition? {
    columns.first { $0.isIdentity }
  }
}

/// A column that holds the `id` of a row in another table; deleting that row deletes this one.
public struct Reference: Sendable, Hashable {
  /// The column that refers.
  public let column: String
  /// The table whose `id` it holds.
  public let table: String

  /// A column and the table it refers to.
  public init(column: String, table: String) {
    self.column = column
    self.table = table
  }
}
