/// The definition of a column, for migrations, grants and queries.
package struct ColumnDefinition: Sendable, Hashable {
  /// The name in the database, in snake_case.
  package let name: String
  /// The type of the values.
  package let type: ColumnType
  /// Whether the column accepts NULL.
  package let isNullable: Bool
  /// Whether the engine assigns the value, which makes the column the primary key.
  package let isIdentity: Bool
  /// The value for an insert that omits the column. Without one, the insert must name the column or stores NULL.
  package let defaultValue: DefaultValue?
  /// The only texts that the column's check constraint accepts; nil accepts any.
  package let allowedValues: [String]?
  /// Whether the engine computes the value of every row, so that no statement may write it.
  package var isComputed = false

  /// A column that is NOT NULL by default.
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

/// The value that an insert stores when it omits a column.
package enum DefaultValue: Sendable, Hashable {
  case boolean(Bool)
  case text(String)
  case integer(Int64)
  /// The transaction's time by the engine's clock.
  case currentTimestamp
}

/// The type of a column's values. Every engine supports each type; each dialect names it differently.
package enum ColumnType: Sendable, Hashable {
  /// A 64-bit integer.
  case bigint
  /// A 32-bit integer.
  case integer
  case boolean
  /// Text of at most this many characters.
  case varchar(Int)
  /// Text of exactly this many characters.
  case char(Int)
  /// Text without a declared limit.
  case text
  /// A JSON document, stored as text.
  case json
  /// A time in UTC with microsecond precision.
  case timestamp
  /// A day without a time of day.
  case date
  /// A type of one engine alone, under that engine's name. Only live tables have it.
  case other(String)
}
