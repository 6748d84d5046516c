import AccessManifest
import DataAccess
import Migrations
import Schema

extension LiveSchema {
  /// The tables and views as a manifest with `schema: live` manages them. A table whose name a manifest cannot write is
  /// left out.
  package func managed(in dialect: Dialect) -> [TableDefinition] {
    tables.compactMap { $0.managed(in: dialect) }.sorted { $0.name < $1.name }
  }
}

extension LiveTable {
  fileprivate func managed(in dialect: Dialect) -> TableDefinition? {
    guard let name = TableName(schema: schema ?? TableName.home, name: name).text else { return nil }
    var table = TableDefinition(
      name: name, owner: nil, columns: columns.map { definition(of: $0, in: dialect) },
      references: foreignKeys.flatMap(\.columns).map { Reference(column: $0, table: "") },
      checks: checks.map { CheckDefinition(name: $0.name ?? "", columns: [], condition: $0.expression) })
    table.isView = kind != .table && kind != .other("a partitioned table")
    table.sequences = Set(columns.compactMap(\.sequence)).sorted()
    table.shown = Set(shown.compactMap(\.managedName))
    table.ancestors = Set(ancestors.compactMap(\.managedName))
    table.replacedVerbs = replacedVerbs
    table.isForeign = kind == .other("a foreign table")
    return table
  }

  private func definition(of column: LiveColumn, in dialect: Dialect) -> ColumnDefinition {
    let isAssigned = column.identity != nil || column.sequence != nil
    var definition = ColumnDefinition(
      name: column.name, type: type(column.type, in: dialect), isNullable: column.isNullable,
      isIdentity: isAssigned && primaryKey?.columns == [column.name],
      defaultValue: column.defaultValue.map { .text($0) })
    definition.isComputed = column.generated != nil || column.identity?.hasPrefix("always") == true
    return definition
  }

  private func type(_ name: String, in dialect: Dialect) -> ColumnType {
    let length = name.split(separator: "(").last.flatMap { Int($0.dropLast()) }
    if name == "varchar" { return .varchar(Self.longestText) }
    var candidates: [ColumnType] = [.bigint, .integer, .boolean, .text, .timestamp, .date]
    if let length { candidates += [.varchar(length), .char(length)] }
    return candidates.first { SQLTypeName.canonical(dialect.types.bare[$0]) == name } ?? .other(name)
  }

  /// A varchar without a length holds a text of any.
  private static let longestText = 10_485_760
}

extension LiveRelation {
  /// The name as a manifest writes it; nil for one that it cannot write.
  fileprivate var managedName: String? { TableName(schema: schema ?? TableName.home, name: name).text }
}
