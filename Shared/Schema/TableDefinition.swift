/// A table as migrations, grants and proof see it: values only.
public struct TableDefinition: Sendable, Hashable {
  public let name: String
  /// The service that owns the rows, `migrate-admin` for the record of migrations, nil for a shared table.
  public let owner: String?
  public let columns: [ColumnDefinition]
  /// Columns that together are unique, beside the primary key.
  public let uniqueKeys: [[String]]
  public let indexes: [[String]]
  /// References to other tables of the same owner: tables of different owners have none to each other.
  public let references: [Reference]

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
  public let column: String
  public let table: String

  public init(column: String, table: String) {
    self.column = column
    self.table = table
  }
}
