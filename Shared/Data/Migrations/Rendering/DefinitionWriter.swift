import DataAccess
import Schema

/// Turns schema changes into one engine's DDL.
struct DefinitionWriter {
  let dialect: Dialect

  /// The statements that make the change, in order.
  func statements(for change: SchemaChange) -> [String] {
    switch change {
    case .createTable(let table):
      [createTable(table)] + table.indexes.map { createIndex($0, on: table.name) }
    case .dropTable(let name):
      ["DROP TABLE \(quoted(name))"]
    case .addColumn(let column, let table):
      [addColumn(column, to: table)]
    case .dropColumn(let column, let table):
      ["ALTER TABLE \(quoted(table)) DROP COLUMN \(quoted(column))"]
    case .renameColumn(let column, let name, let table):
      ["ALTER TABLE \(quoted(table)) RENAME COLUMN \(quoted(column)) TO \(quoted(name))"]
    case .createIndex(let columns, let table):
      [createIndex(columns, on: table)]
    case .dropIndex(let columns, let table):
      [dropIndex(columns, on: table)]
    case .data(let statements):
      statements
    }
  }

  /// With `ifMissing`, the statement does nothing when the table exists.
  func createTable(_ table: TableDefinition, ifMissing: Bool = false) -> String {
    let parts =
      table.columns.map { definition(of: $0, in: table.name) }
      + table.uniqueKeys.map { uniqueKey($0, in: table.name) }
      + table.references.map { foreignKey($0, in: table.name) }
    let head = ifMissing ? "CREATE TABLE IF NOT EXISTS" : "CREATE TABLE"
    return "\(head) \(quoted(table.name)) (\n  \(parts.joined(separator: ",\n  "))\n)"
  }

  /// With `ifMissing`, the statement does nothing when the column exists; only for dialects with `IF NOT EXISTS` here.
  func addColumn(_ column: ColumnDefinition, to table: String, ifMissing: Bool = false) -> String {
    let verb = ifMissing ? "ADD COLUMN IF NOT EXISTS" : "ADD COLUMN"
    return "ALTER TABLE \(quoted(table)) \(verb) \(definition(of: column, in: table))"
  }

  private func definition(of column: ColumnDefinition, in table: String) -> String {
    if column.isIdentity { return "\(quoted(column.name)) \(dialect.types.identity)" }
    var text = "\(quoted(column.name)) \(dialect.types[column.type])"
    text += column.isNullable ? "" : " NOT NULL"
    if let value = column.defaultValue { text += " DEFAULT \(literal(value))" }
    if let check = check(on: column) {
      text += " CONSTRAINT \(quoted("\(table)_\(column.name)_check")) CHECK (\(check))"
    }
    return text
  }

  private func check(on column: ColumnDefinition) -> String? {
    let name = quoted(column.name)
    if let allowed = column.allowedValues {
      return "\(name) IN (\(allowed.map(dialect.literal).joined(separator: ", ")))"
    }
    if dialect.enforcesDeclaredTypes { return nil }
    switch column.type {
    case .varchar(let length): return "length(\(name)) <= \(length)"
    case .char(let length): return "length(\(name)) = \(length)"
    case .boolean: return "\(name) IN (\(dialect.falseLiteral), \(dialect.trueLiteral))"
    case .bigint, .integer, .text, .json, .timestamp, .date: return nil
    }
  }

  private func uniqueKey(_ columns: [String], in table: String) -> String {
    let name = "\(table)_\(columns.joined(separator: "_"))_key"
    return "CONSTRAINT \(quoted(name)) UNIQUE (\(list(columns)))"
  }

  private func foreignKey(_ reference: Reference, in table: String) -> String {
    let name = quoted("\(table)_\(reference.column)_fkey")
    let target = "\(quoted(reference.table)) (\(quoted("id")))"
    return
      "CONSTRAINT \(name) FOREIGN KEY (\(quoted(reference.column))) REFERENCES \(target) ON DELETE CASCADE"
  }

  private func createIndex(_ columns: [String], on table: String) -> String {
    "CREATE INDEX \(indexName(columns, table)) ON \(quoted(table)) (\(list(columns)))"
  }

  private func dropIndex(_ columns: [String], on table: String) -> String {
    let statement = "DROP INDEX \(indexName(columns, table))"
    return dialect.dropsIndexFromTable ? "\(statement) ON \(quoted(table))" : statement
  }

  private func indexName(_ columns: [String], _ table: String) -> String {
    quoted("\(table)_\(columns.joined(separator: "_"))_idx")
  }

  private func list(_ columns: [String]) -> String {
    columns.map(quoted).joined(separator: ", ")
  }

  private func literal(_ value: DefaultValue) -> String {
    switch value {
    case .boolean(let value): value ? dialect.trueLiteral : dialect.falseLiteral
    case .text(let text): dialect.literal(text)
    case .integer(let number): "\(number)"
    case .currentTimestamp: dialect.types.currentTimestamp
    }
  }

  private func quoted(_ name: String) -> String { dialect.quoted(name) }
}
