import DataAccess
import Schema

/// Columns and constraints as parts of a table's definition.
extension DefinitionWriter {
  func definition(of column: ColumnDefinition, in table: String) -> String {
    if column.isIdentity { return "\(quoted(column.name)) \(dialect.types.identity)" }
    var text = "\(quoted(column.name)) \(dialect.types[column.type])"
    text += column.isNullable ? "" : " NOT NULL"
    if let value = column.defaultValue { text += " DEFAULT \(literal(value, of: column.type))" }
    if dialect.namesColumnChecks, let check = check(on: column, in: table) { text += " \(check)" }
    return text
  }

  /// The column's own check as a constraint with a name; nil where the engine needs none.
  func check(on column: ColumnDefinition, in table: String) -> String? {
    guard !column.isIdentity, let condition = condition(on: column) else { return nil }
    let name = quoted(TableDefinition.columnCheckName(column.name, in: table))
    return "CONSTRAINT \(name) CHECK (\(condition))"
  }

  /// The condition of the column's own check; nil where the engine needs none.
  func condition(on column: ColumnDefinition) -> String? {
    let name = quoted(column.name)
    if let allowed = column.allowedValues {
      return "\(name) IN (\(allowed.map(dialect.literal).joined(separator: ", ")))"
    }
    switch (column.type, dialect.typeChecks) {
    case (.varchar(let length), .booleansAndLengths): return "length(\(name)) <= \(length)"
    case (.char(let length), .booleansAndLengths): return "length(\(name)) = \(length)"
    case (.boolean, .booleansAndLengths), (.boolean, .booleans):
      return "\(name) IN (\(dialect.falseLiteral), \(dialect.trueLiteral))"
    case (.varchar, _), (.char, _), (.boolean, .none), (.bigint, _), (.integer, _), (.text, _), (.json, _),
      (.timestamp, _), (.date, _), (.other, _):
      return nil
    }
  }

  func uniqueKey(_ columns: [String], in table: String) -> String {
    "CONSTRAINT \(quoted(TableDefinition.uniqueKeyName(columns, in: table))) UNIQUE (\(list(columns)))"
  }

  func foreignKey(_ reference: Reference, in table: String) -> String {
    let name = quoted(TableDefinition.referenceName(reference.column, in: table))
    let target = "\(quoted(reference.table)) (\(quoted("id")))"
    let key = "CONSTRAINT \(name) FOREIGN KEY (\(quoted(reference.column))) REFERENCES \(target)"
    return switch reference.onDelete {
    case .cascade: key + " ON DELETE CASCADE"
    case .setNull: key + " ON DELETE SET NULL"
    case .refuse: key
    }
  }

  func check(_ check: CheckDefinition) -> String {
    "CONSTRAINT \(quoted(check.name)) CHECK (\(check.condition))"
  }

  /// The default of a column of that type.
  func literal(_ value: DefaultValue, of type: ColumnType) -> String {
    takesExpression(asDefaultOf: type) ? "(\(literal(value)))" : literal(value)
  }

  /// Whether a column of that type takes a default only as an expression.
  func takesExpression(asDefaultOf type: ColumnType) -> Bool {
    dialect.longTextDefaultsAreExpressions && (type == .text || type == .json)
  }

  func literal(_ value: DefaultValue) -> String {
    switch value {
    case .boolean(let value): value ? dialect.trueLiteral : dialect.falseLiteral
    case .text(let text): dialect.literal(text)
    case .integer(let number): "\(number)"
    case .currentTimestamp: dialect.types.currentTimestamp
    }
  }
}
