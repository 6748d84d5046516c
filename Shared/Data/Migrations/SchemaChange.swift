import Schema

/// One change of the schema, independent of any engine's DDL.
package enum SchemaChange: Sendable, Hashable {
  case createTable(TableDefinition)
  case dropTable(String)
  case addColumn(ColumnDefinition, table: String)
  case dropColumn(String, table: String)
  case renameColumn(String, to: String, table: String)
  case createIndex([String], table: String)
  case dropIndex([String], table: String)
  /// Statements on rows, in SQL that every engine accepts.
  case data([String])
}

/// The text that checksums cover. It spells everything out, so it stays the same when types gain members or the
/// compiler describes values differently. A change of this text makes every applied migration look changed.
extension SchemaChange {
  var canonicalText: String {
    switch self {
    case .createTable(let table): "create table \(table.canonicalText)"
    case .dropTable(let name): "drop table \(name)"
    case .addColumn(let column, let table): "add column \(table).\(column.canonicalText)"
    case .dropColumn(let column, let table): "drop column \(table).\(column)"
    case .renameColumn(let column, let name, let table): "rename column \(table).\(column) to \(name)"
    case .createIndex(let columns, let table): "create index \(table)(\(columns.joined(separator: ",")))"
    case .dropIndex(let columns, let table): "drop index \(table)(\(columns.joined(separator: ",")))"
    case .data(let statements): "data \(statements.joined(separator: ";"))"
    }
  }
}

extension TableDefinition {
  fileprivate var canonicalText: String {
    let parts =
      columns.map(\.canonicalText)
      + uniqueKeys.map { "unique(\($0.joined(separator: ",")))" }
      + indexes.map { "index(\($0.joined(separator: ",")))" }
      + references.map { "\($0.column) references \($0.table)" }
    return "\(name) [\(parts.joined(separator: "; "))]"
  }
}

extension ColumnDefinition {
  fileprivate var canonicalText: String {
    var text = "\(name) \(type.canonicalText)"
    if isIdentity { text += " identity" }
    if isNullable { text += " null" }
    if let defaultValue { text += " default \(defaultValue.canonicalText)" }
    if let allowedValues { text += " in(\(allowedValues.joined(separator: ",")))" }
    return text
  }
}

extension ColumnType {
  fileprivate var canonicalText: String {
    switch self {
    case .bigint: "bigint"
    case .integer: "integer"
    case .boolean: "boolean"
    case .varchar(let length): "varchar(\(length))"
    case .char(let length): "char(\(length))"
    case .text: "text"
    case .json: "json"
    case .timestamp: "timestamp"
    case .date: "date"
    }
  }
}

extension DefaultValue {
  fileprivate var canonicalText: String {
    switch self {
    case .boolean(let value): "\(value)"
    case .text(let text): "'\(text)'"
    case .integer(let number): "\(number)"
    case .currentTimestamp: "now"
    }
  }
}
