/// A column as migrations, grants and queries see it.
package struct ColumnDefinition: Sendable, Hashable {
  /// The name in the database, in snake_case.
  package let name: String
  /// What it stores.
  package let type: ColumnType
  /// Whether a row may leave it empty.
  package let isNullable: Bool
  /// Whether the engine numbers the rows in this column; it is then the primary key.
  package let isIdentity: Bool
  /// What an insert that leaves it out puts there; nil where it must be given, or is NULL.
  package let defaultValue: DefaultValue?
  /// The only texts that the column takes, held by a check constraint; nil means any.
  package let allowedValues: [String]?

  /// A column that must hold a value, unless said otherwise.
  package init(
    name: String, type: ColumnType, isNullable: Bool = false, isIdentity: Bool = false,
    defaultValue: DefaultValue? = nil, allowedValues: [String]? = nil
  ) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
    self.isIdentity = isIdentity
    self.defaultValue = defaultValue
    self.allowedValues = allowedValues
  }
}

/// What an insert that leaves a column out puts there.
package enum DefaultValue: Sendable, Hashable {
  case boolean(Bool)
  case text(String)
  case integer(Int64)
  /// The moment of the transaction, by the engine's clock.
  case currentTimestamp
}
