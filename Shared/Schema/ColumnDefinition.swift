/// A column as migrations, grants and queries see it.
public struct ColumnDefinition: Sendable, Hashable {
  /// The name in the database, in snake_case.
  public let name: String
  /// What it stores.
  public let type: ColumnType
  /// Whether a row may leave it empty.
  public let isNullable: Bool
  /// Whether the engine numbers the rows in this column; it is then the primary key.
  public let isIdentity: Bool
  /// What an insert that leaves it out puts there; nil where it must be given, or is NULL.
  public let defaultValue: DefaultValue?
  /// The only texts that the column takes, held by a check constraint; nil means any.
  public let allowedValues: [String]?

  /// A column that must hold a value, unless said otherwise.
  public init(
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
public enum DefaultValue: Sendable, Hashable {
  case boolean(Bool)
  case text(String)
  case integer(Int64)
  /// The moment of the transaction, by the engine's clock.
  case currentTimestamp
}
