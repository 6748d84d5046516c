import DataAccess
import Schema

/// Turns schema changes into one engine's DDL.
struct DefinitionWriter {
  let dialect: Dialect

  /// The statements that make the change, in order.
  ///
  /// - Parameters:
  ///   - tables: The tables before the change.
  ///   - created: The tables that the same migration has created. They have no rows and no readers yet, so that their
  ///     changes take the short way.
  func fragments(
    for change: SchemaChange, in tables: SchemaHistory, created: Set<String> = []
  ) -> [DefinitionFragment] {
    switch change {
    case .createTable(let table):
      let columns = table.columns.map { DefinitionEffect.Object.column($0.name, table: table.name) }
      return [defining(createTable(table), DefinitionEffect(present: [.table(table.name)] + columns))]
        + table.indexes.map { defining(createIndex($0, on: table.name), effect(of: $0, on: table.name)) }
    case .dropTable(let name):
      return [defining(dropTable(name), DefinitionEffect(absent: [.table(name)]))]
    case .data(let statements): return statements.map { .joined($0) }
    case .backfill(let backfill): return [.backfill(backfill)]
    case .allowed(let change, _): return fragments(for: change, in: tables, created: created)
    case .engineSQL(let sql):
      return (sql.statements[dialect.definitions.engine] ?? []).map { defining($0, nil) }
    case .createIndex(let index, let table): return creating(index, on: table, isNew: created.contains(table))
    case .dropIndex(let index, let table): return dropping(index, on: table, in: tables)
    case .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability, .changeDefault,
      .changeAllowedValues, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck,
      .dropCheck:
      switch dialect.definitions.tableChanges {
      case .alter:
        return TableAlteration(writer: self, tables: tables, created: created).fragments(for: change)
      case .rebuild(let rebuild):
        return TableReplacement(writer: self, rebuild: rebuild, tables: tables).fragments(for: change)
      case .modify(let online, _, let references):
        return TableModification(
          writer: self, tables: tables,
          online: change.alteredTable.map(created.contains) == true ? "" : online, words: references
        ).fragments(for: change)
      }
    }
  }

  /// A statement that changes a definition: a part of a transaction where a rollback undoes it.
  private func defining(_ sql: String, _ effect: DefinitionEffect?) -> DefinitionFragment {
    dialect.hasTransactionalDDL ? .joined(sql) : .committing(sql, effect)
  }

  private func effect(of index: IndexDefinition, on table: String) -> DefinitionEffect? {
    DefinitionEffect(present: [.index(index.name(on: table), table: table)])
  }

  private func dropping(
    _ index: IndexDefinition, on table: String, in tables: SchemaHistory
  ) -> [DefinitionFragment] {
    guard case .modify(_, _, let references) = dialect.definitions.tableChanges else {
      return [.joined(dropIndex(index, on: table))]
    }
    return TableModification(writer: self, tables: tables, online: "", words: references).dropping(
      index, of: table)
  }

  private func creating(_ index: IndexDefinition, on table: String, isNew: Bool) -> [DefinitionFragment] {
    if !isNew, case .modify(_, let clause, _) = dialect.definitions.tableChanges {
      return [.committing("\(createIndex(index, on: table)) \(clause)", effect(of: index, on: table))]
    }
    guard !isNew, let online = dialect.definitions.onlineIndexes else {
      return [defining(createIndex(index, on: table), effect(of: index, on: table))]
    }
    return [.onlineIndex(onlineIndex(index, on: table, online))]
  }

  func onlineIndex(
    _ index: IndexDefinition, on table: String, _ online: OnlineIndexes
  ) -> OnlineIndexBuild {
    let name = index.name(on: table)
    return OnlineIndexBuild(
      name: name, create: createIndex(index, on: table, keyword: online.keyword),
      drop: "DROP INDEX \(online.keyword) \(quoted(name))", state: online.state)
  }

  /// With `ifMissing`, the statement does nothing when the table exists. With `name`, the table gets another name, and
  /// its constraints keep theirs.
  func createTable(_ table: TableDefinition, ifMissing: Bool = false, named name: String? = nil) -> String {
    let parts =
      table.columns.map { definition(of: $0, in: table.name) }
      + table.uniqueKeys.map { uniqueKey($0, in: table.name) }
      + table.references.map { foreignKey($0, in: table.name) }
      + (dialect.namesColumnChecks ? [] : table.columns.compactMap { check(on: $0, in: table.name) })
      + table.checks.map { check($0) }
    let head = ifMissing ? "CREATE TABLE IF NOT EXISTS" : "CREATE TABLE"
    return "\(head) \(quoted(name ?? table.name)) (\n  \(parts.joined(separator: ",\n  "))\n)"
  }

  func dropTable(_ name: String) -> String { "DROP TABLE \(quoted(name))" }

  /// With `ifMissing`, the statement does nothing when the column exists; only for dialects with `IF NOT EXISTS` here.
  func addColumn(_ column: ColumnDefinition, to table: String, ifMissing: Bool = false) -> String {
    let verb = ifMissing ? "ADD COLUMN IF NOT EXISTS" : "ADD COLUMN"
    let check = dialect.namesColumnChecks ? nil : check(on: column, in: table).map { ", ADD \($0)" }
    return "ALTER TABLE \(quoted(table)) \(verb) \(definition(of: column, in: table))\(check ?? "")"
  }

  func createIndex(_ index: IndexDefinition, on table: String, keyword: String? = nil) -> String {
    let words = ["CREATE", index.isUnique ? "UNIQUE" : nil, "INDEX", keyword].compactMap { $0 }
    let head = "\(words.joined(separator: " ")) \(quoted(index.name(on: table)))"
    let tail = index.condition.map { " WHERE \($0)" } ?? ""
    return "\(head) ON \(quoted(table)) (\(list(index.columns)))\(tail)"
  }

  func dropIndex(_ index: IndexDefinition, on table: String) -> String {
    let statement = "DROP INDEX \(quoted(index.name(on: table)))"
    return dialect.dropsIndexFromTable ? "\(statement) ON \(quoted(table))" : statement
  }

  func quoted(_ name: String) -> String { dialect.quoted(name) }

  func list(_ columns: [String]) -> String {
    columns.map(quoted).joined(separator: ", ")
  }
}
