import Schema

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
    case .changeType(let column, let type, let table):
      "change type \(table).\(column) to \(type.canonicalText)"
    case .changeNullability(let column, let isNullable, let table):
      "change nullability \(table).\(column) to \(isNullable ? "null" : "not null")"
    case .changeDefault(let column, let value, let table):
      "change default \(table).\(column) to \(value?.canonicalText ?? "none")"
    case .changeAllowedValues(let column, let values, let table):
      "change allowed values \(table).\(column) to \(values.map { $0.joined(separator: ",") } ?? "any")"
    case .data(let statements): "data \(statements.joined(separator: ";"))"
    case .backfill(let backfill): backfill.canonicalText
    case .engineSQL(let sql): sql.canonicalText
    case .allowed(let change, _): change.canonicalText
    case .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck, .dropCheck, .createIndex,
      .dropIndex:
      constraintText
    }
  }

  private var constraintText: String {
    switch self {
    case .addUniqueKey(let columns, let table): "add unique key \(table)(\(columns.joined(separator: ",")))"
    case .dropUniqueKey(let columns, let table): "drop unique key \(table)(\(columns.joined(separator: ",")))"
    case .addReference(let reference, let table): "add reference \(table).\(reference.canonicalText)"
    case .dropReference(let column, let table): "drop reference \(table).\(column)"
    case .addCheck(let check, let table): "add check \(table).\(check.canonicalText)"
    case .dropCheck(let name, let table): "drop check \(table).\(name)"
    case .createIndex(let index, let table): "create index \(table)\(index.canonicalText)"
    case .dropIndex(let index, let table): "drop index \(table)\(index.canonicalText)"
    case .createTable, .dropTable, .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .data, .backfill, .engineSQL, .allowed:
      ""
    }
  }
}

extension Backfill {
  /// Size and pause of the batches do not change the result, so the text leaves them out.
  fileprivate var canonicalText: String {
    "backfill \(table) set \(assignments)" + (condition.map { " where \($0)" } ?? "")
  }
}

extension EngineSQL {
  fileprivate var canonicalText: String {
    let texts = statements.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.joined(separator: ";"))" }
    return
      "engine sql \(texts.joined(separator: "; ")) [\(effects.map(\.canonicalText).joined(separator: "; "))]"
  }
}

extension TableDefinition {
  fileprivate var canonicalText: String {
    let parts =
      columns.map(\.canonicalText)
      + uniqueKeys.map { "unique(\($0.joined(separator: ",")))" }
      + indexes.map { "index\($0.canonicalText)" }
      + references.map(\.canonicalText)
      + checks.map(\.canonicalText)
    return "\(name) [\(parts.joined(separator: "; "))]"
  }
}

extension IndexDefinition {
  fileprivate var canonicalText: String {
    var text = "(\(columns.joined(separator: ",")))"
    if isUnique { text += " unique" }
    if let condition { text += " where \(condition)" }
    if let givenName { text += " named \(givenName)" }
    return text
  }
}

extension Reference {
  fileprivate var canonicalText: String {
    let text = "\(column) references \(table)"
    return switch onDelete {
    case .cascade: text
    case .refuse: text + " on delete refuse"
    case .setNull: text + " on delete set null"
    }
  }
}

extension CheckDefinition {
  fileprivate var canonicalText: String {
    "check \(name)(\(columns.joined(separator: ","))) \(condition)"
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
    case .other(let name): name
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
