import DataAccess
import Schema

/// Changes of existing tables on an engine whose `ALTER TABLE` makes only some of them. For the others a new table
/// takes the rows and the name of the old one.
struct TableReplacement {
  let writer: DefinitionWriter
  let rebuild: TableRebuild
  let tables: SchemaHistory

  func fragments(for change: SchemaChange) -> [DefinitionFragment] {
    if let short = shortWay(for: change) { return short.map { .joined($0) } }
    guard let name = change.alteredTable, let before = tables.table(named: name) else { return [] }
    var history = tables
    guard (try? history.apply(change)) != nil, let after = history.table(named: name) else { return [] }
    return replacing(before, by: after, change)
  }

  /// The statements where `ALTER TABLE` is enough; nil where it is not.
  private func shortWay(for change: SchemaChange) -> [String]? {
    switch change {
    case .addColumn(let column, let table):
      let isRefused =
        column.defaultValue == .currentTimestamp || (!column.isNullable && column.defaultValue == nil)
      if isRefused, tables.table(named: table) != nil { return nil }
      return [writer.addColumn(column, to: table)]
    case .dropColumn(let column, let table):
      if let known = tables.table(named: table), known.constrains(column) || known.isIndexed(column) {
        return nil
      }
      return ["ALTER TABLE \(writer.quoted(table)) DROP COLUMN \(writer.quoted(column))"]
    case .renameColumn(let column, let name, let table):
      if let known = tables.table(named: table), constrains(known, column) || known.isIndexed(column) {
        return nil
      }
      let names = "\(writer.quoted(column)) TO \(writer.quoted(name))"
      return ["ALTER TABLE \(writer.quoted(table)) RENAME COLUMN \(names)"]
    case .createTable, .dropTable, .changeType, .changeNullability, .changeDefault, .changeAllowedValues,
      .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck, .dropCheck, .createIndex,
      .dropIndex, .data, .backfill, .engineSQL, .allowed:
      return nil
    }
  }

  /// Whether a constraint's name derives from the column's.
  private func constrains(_ table: TableDefinition, _ column: String) -> Bool {
    table.constrains(column) || table.column(named: column).flatMap(writer.condition) != nil
  }

  private func replacing(
    _ before: TableDefinition, by after: TableDefinition, _ change: SchemaChange
  ) -> [DefinitionFragment] {
    let (name, temporary) = (before.name, "\(before.name)_rebuilt")
    let (old, new) = (writer.quoted(name), writer.quoted(temporary))
    let pairs = Self.copied(before, after, change)
    let (targets, sources) = (writer.list(pairs.map(\.target)), writer.list(pairs.map(\.source)))
    let foreign = rebuild.foreignObjects(
      name, before.columns.map(\.name), before.indexes.map { $0.name(on: name) })
    return [
      .rebuilding, .refusal(query: foreign, reason: "table \(name) has objects that no migration made"),
      .joined(writer.createTable(after, named: temporary)),
      .joined("INSERT INTO \(new) (\(targets)) SELECT \(sources) FROM \(old)"),
    ]
      + refusingMisfits(of: change, in: new)
      + rebuild.keepIdentities(name, temporary).map { .joined($0) }
      + [.joined("DROP TABLE \(old)"), .joined("ALTER TABLE \(new) RENAME TO \(old)")]
      + after.indexes.map { .joined(writer.createIndex($0, on: name)) }
      + [.refusal(query: rebuild.brokenReferences, reason: "a foreign key has no target")]
  }

  private func refusingMisfits(of change: SchemaChange, in table: String) -> [DefinitionFragment] {
    guard case .changeType(let column, let type, let name) = change,
      let misfit = rebuild.misfits(type, writer.quoted(column))
    else { return [] }
    let value = writer.dialect.literal("a value of \(name).\(column)")
    return [
      .refusal(
        query: "SELECT \(value) FROM \(table) WHERE \(misfit) LIMIT 1", reason: "the new type cannot hold it")
    ]
  }

  /// The columns that both tables have, with the names that they have in each.
  private static func copied(
    _ before: TableDefinition, _ after: TableDefinition, _ change: SchemaChange
  ) -> [(source: String, target: String)] {
    before.columns.compactMap { column in
      var target = column.name
      if case .renameColumn(column.name, let name, _) = change { target = name }
      return after.column(named: target) == nil ? nil : (column.name, target)
    }
  }
}

extension TableDefinition {
  /// Whether a key, a foreign key or a named check has the column.
  fileprivate func constrains(_ column: String) -> Bool {
    uniqueKeys.contains { $0.contains(column) } || references.contains { $0.column == column }
      || checks.contains { $0.columns.contains(column) }
  }

  fileprivate func isIndexed(_ column: String) -> Bool {
    indexes.contains { $0.columns.contains(column) }
  }
}

extension SchemaChange {
  /// The existing table whose definition the change alters; nil where it alters none.
  var alteredTable: String? {
    switch self {
    case .addColumn(_, let table), .dropColumn(_, let table), .renameColumn(_, _, let table),
      .changeType(_, _, let table), .changeNullability(_, _, let table), .changeDefault(_, _, let table),
      .changeAllowedValues(_, _, let table), .addUniqueKey(_, let table), .dropUniqueKey(_, let table),
      .addReference(_, let table), .dropReference(_, let table), .addCheck(_, let table),
      .dropCheck(_, let table), .createIndex(_, let table), .dropIndex(_, let table):
      table
    case .dropTable(let table): table
    case .allowed(let change, _): change.alteredTable
    case .createTable, .data, .backfill, .engineSQL: nil
    }
  }
}
