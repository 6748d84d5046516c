import Schema

/// A table's definition while a change is made to it.
struct TableDraft {
  private let name: String
  private let owner: String?
  var columns: [ColumnDefinition]
  var uniqueKeys: [[String]]
  var indexes: [IndexDefinition]
  var references: [Reference]
  var checks: [CheckDefinition]

  init(_ table: TableDefinition) {
    name = table.name
    owner = table.owner
    columns = table.columns
    uniqueKeys = table.uniqueKeys
    indexes = table.indexes
    references = table.references
    checks = table.checks
  }

  var definition: TableDefinition {
    TableDefinition(
      name: name, owner: owner, columns: columns, uniqueKeys: uniqueKeys, indexes: indexes,
      references: references, checks: checks)
  }

  mutating func replace(_ column: String, _ change: (ColumnDefinition) -> ColumnDefinition) {
    columns = columns.map { $0.name == column ? change($0) : $0 }
  }

  /// Engines drop what names a dropped column, so the draft does too.
  mutating func drop(_ column: String) {
    columns.removeAll { $0.name == column }
    uniqueKeys.removeAll { $0.contains(column) }
    indexes.removeAll { $0.columns.contains(column) }
    references.removeAll { $0.column == column }
    checks.removeAll { $0.columns.contains(column) }
  }

  mutating func rename(_ column: String, to name: String) {
    replace(column) { $0.changing(name: name) }
    let renamed = { (columns: [String]) in columns.map { $0 == column ? name : $0 } }
    uniqueKeys = uniqueKeys.map(renamed)
    indexes = indexes.map {
      IndexDefinition(renamed($0.columns), isUnique: $0.isUnique, where: $0.condition, name: $0.givenName)
    }
    references = references.map {
      $0.column == column ? Reference(column: name, table: $0.table, onDelete: $0.onDelete) : $0
    }
  }
}

extension ColumnDefinition {
  /// The same column with other properties. An outer nil keeps a property.
  func changing(
    name: String? = nil, type: ColumnType? = nil, isNullable: Bool? = nil, defaultValue: DefaultValue?? = nil,
    allowedValues: [String]?? = nil
  ) -> ColumnDefinition {
    ColumnDefinition(
      name: name ?? self.name, type: type ?? self.type, isNullable: isNullable ?? self.isNullable,
      isIdentity: isIdentity, defaultValue: defaultValue ?? self.defaultValue,
      allowedValues: allowedValues ?? self.allowedValues)
  }
}
