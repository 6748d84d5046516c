import Schema

/// The names of the column types in an engine's DDL.
package struct TypeNames: Sendable, Hashable {
  /// A whole number of 64 bits.
  package var bigint: String
  /// A whole number of 32 bits.
  package var integer: String
  /// True or false.
  package var boolean: String
  /// The length follows in parentheses.
  package var varchar: String
  /// The length follows in parentheses.
  package var char: String
  /// Text without a limit.
  package var text: String
  /// A JSON document, kept as text.
  package var json: String
  /// A point in time, in UTC.
  package var timestamp: String
  /// A day.
  package var date: String
  /// Type and clauses of the identity column, which is the primary key.
  package var identity: String
  /// The transaction's time, as the default of a column.
  package var currentTimestamp: String
  /// Follows the types of text: the character set and the comparison, where the database's default is not enough.
  package var textSuffix: String

  /// Every type of ``ColumnType`` has a name.
  package init(
    bigint: String, integer: String, boolean: String, varchar: String, char: String, text: String,
    json: String,
    timestamp: String, date: String, identity: String, currentTimestamp: String, textSuffix: String = ""
  ) {
    self.bigint = bigint
    self.integer = integer
    self.boolean = boolean
    self.varchar = varchar
    self.char = char
    self.text = text
    self.json = json
    self.timestamp = timestamp
    self.date = date
    self.identity = identity
    self.currentTimestamp = currentTimestamp
    self.textSuffix = textSuffix
  }

  /// The type's name in DDL.
  package subscript(_ type: ColumnType) -> String {
    switch type {
    case .bigint: bigint
    case .integer: integer
    case .boolean: boolean
    case .varchar(let length): "\(varchar)(\(length))\(textSuffix)"
    case .char(let length): "\(char)(\(length))\(textSuffix)"
    case .text: text + textSuffix
    case .json: json + textSuffix
    case .timestamp: timestamp
    case .date: date
    case .other(let name): name
    }
  }

  /// The same names without ``textSuffix``, as catalogs show them.
  package var bare: TypeNames {
    var bare = self
    bare.textSuffix = ""
    return bare
  }
}
