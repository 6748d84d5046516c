/// Builds the text of one statement in a dialect and keeps the bound values apart from it.
struct SQLWriter: StatementWriter {
  let dialect: Dialect
  private(set) var sql = ""
  private(set) var bindings: [DatabaseValue] = []

  /// Most statements fit, so that the text is allocated once.
  private static let expectedBytes = 256

  init(_ dialect: Dialect) {
    self.dialect = dialect
    sql.reserveCapacity(Self.expectedBytes)
  }

  mutating func put(_ text: StaticString) {
    text.withUTF8Buffer { sql += String(decoding: $0, as: UTF8.self) }
  }

  mutating func put(number: Int) { sql += String(number) }

  mutating func column(_ column: ColumnName) { identifier(column.name) }

  mutating func relation(_ table: TableName) { identifier(dialect.relation(for: table.name).name) }

  mutating func insertTarget(_ table: TableName) {
    identifier(dialect.relation(for: table.name).insertName)
  }

  /// Adds a quoted name; a quote inside it is doubled.
  mutating func identifier(_ name: String) {
    dialect.append(identifier: name, to: &sql)
  }

  mutating func bind(_ value: DatabaseValue) {
    bindings.append(value)
    dialect.append(placeholder: bindings.count, to: &sql)
  }
}
