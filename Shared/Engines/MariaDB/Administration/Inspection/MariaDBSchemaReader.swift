import DataAccess
import MariaDBDriver
import Migrations
import Schema

/// Reads the schema of a MariaDB database from `information_schema`.
///
/// It must read any database: what it cannot represent becomes a trait or an attachment in words. Definitions change
/// without transactions there, so a migration that runs at the same time may be seen half done.
struct MariaDBSchemaReader {
  private let runner: any StatementRunner
  private var tables: [String: LiveTable] = [:]

  init(_ runner: any StatementRunner) {
    self.runner = runner
  }

  func read() async throws(DatabaseError) -> LiveSchema {
    var reader = self
    try await reader.readTables()
    try await reader.readColumns()
    try await reader.readForeignKeys()
    try await reader.readIndexes()
    try await reader.readChecks()
    try await reader.readTriggers()
    return LiveSchema(tables: reader.tables.sorted { $0.key < $1.key }.map(\.value))
  }

  private func rows(_ sql: String) async throws(DatabaseError) -> any ResultSet {
    try await runner.unsafeQuery(unsafeSQL: sql, label: "read the schema", isRead: true)
  }

  private mutating func readTables() async throws(DatabaseError) {
    let rows = try await rows(MariaDBSchemaQueries.tables)
    for row in 0..<rows.rowCount {
      let (name, type) = (try rows.text(row, 0), try rows.text(row, 1))
      guard !MigrationClaim.tablesOfRuns.contains(name) else { continue }
      var table = LiveTable(name: name, kind: MariaDBSchemaQueries.kind(type))
      let engine = try rows.text(row, 2)
      if table.kind == .table, engine != "InnoDB" { table.traits.insert("stored by \(engine)") }
      if try rows.text(row, 3).contains("partitioned") { table.traits.insert("partitioned") }
      tables[name] = table
    }
  }

  private mutating func readColumns() async throws(DatabaseError) {
    let rows = try await rows(MariaDBSchemaQueries.columns)
    for row in 0..<rows.rowCount {
      var column = LiveColumn(
        name: try rows.text(row, 1), type: MariaDBSchemaQueries.type(try rows.text(row, 2)))
      column.isNullable = try rows.text(row, 3) == "YES"
      let extra = try rows.text(row, 5).lowercased()
      if extra.contains("auto_increment") { column.identity = "auto_increment" }
      if rows.isNull(row, 7) {
        column.defaultValue = rows.isNull(row, 4) ? nil : Self.value(try rows.text(row, 4))
      } else {
        let expression = Self.value(try rows.text(row, 7)) ?? "null"
        column.generated = expression + (extra.contains("stored") ? " stored" : " virtual")
      }
      if let update = extra.firstRange(of: "on update ") {
        column.defaultValue = "\(column.defaultValue ?? "null") \(extra[update.lowerBound...])"
      }
      let collation = rows.isNull(row, 6) ? nil : try rows.text(row, 6)
      column.collation = collation.flatMap { SessionSettings.collations.contains($0) ? nil : $0 }
      tables[try rows.text(row, 0)]?.columns.append(column)
    }
  }

  private static func value(_ printed: String) -> String? {
    SQLTableReader.defaultValue(MariaDBSchemaQueries.expression(printed))
  }

  /// One row for each column of a key, in order.
  private mutating func readForeignKeys() async throws(DatabaseError) {
    let rows = try await rows(MariaDBSchemaQueries.foreignKeys)
    for row in 0..<rows.rowCount {
      let (table, name) = (try rows.text(row, 0), try rows.text(row, 1))
      let (column, target) = (try rows.text(row, 2), try rows.text(row, 4))
      if let last = tables[table]?.foreignKeys.indices.last, tables[table]?.foreignKeys[last].name == name {
        tables[table]?.foreignKeys[last].columns.append(column)
        tables[table]?.foreignKeys[last].referencedColumns.append(target)
        continue
      }
      var key = LiveForeignKey(name: name, columns: [column], table: try rows.text(row, 3))
      key.referencedColumns = [target]
      key.onDelete = MariaDBSchemaQueries.action(try rows.text(row, 5))
      key.onUpdate = MariaDBSchemaQueries.action(try rows.text(row, 6))
      tables[table]?.foreignKeys.append(key)
    }
  }

  /// One row for each index. The server makes no difference between a unique index and a unique constraint: the name that
  /// migrations give constraints decides. An index under the name of a foreign key serves that key.
  private mutating func readIndexes() async throws(DatabaseError) {
    let rows = try await rows(MariaDBSchemaQueries.indexes)
    for row in 0..<rows.rowCount {
      let (table, name) = (try rows.text(row, 0), try rows.text(row, 1))
      let keys = try rows.text(row, 3).split(separator: MariaDBSchemaQueries.separator).map(String.init)
      let traits = Set(
        try rows.text(row, 4).split(separator: MariaDBSchemaQueries.separator).map(String.init))
      if name == "PRIMARY" {
        tables[table]?.primaryKey = LiveKey(name: nil, columns: keys, traits: traits)
      } else if name == TableDefinition.uniqueKeyName(keys, in: table), try rows.integer(row, 2) == 0 {
        tables[table]?.uniqueKeys.append(LiveKey(name: name, columns: keys, traits: traits))
      } else if tables[table]?.foreignKeys.contains(where: { $0.name == name }) != true {
        var index = LiveIndex(name: name, keys: keys, isUnique: try rows.integer(row, 2) == 0)
        index.traits = traits
        tables[table]?.indexes.append(index)
      }
    }
  }

  private mutating func readChecks() async throws(DatabaseError) {
    let rows = try await rows(MariaDBSchemaQueries.checks)
    for row in 0..<rows.rowCount {
      let (table, name) = (try rows.text(row, 0), try rows.text(row, 1))
      guard let known = tables[table] else { continue }
      var reader = SQLTableReader(known, home: nil)
      let condition = MariaDBSchemaQueries.expression(try rows.text(row, 2))
      if let read = reader.add(constraint: "CHECK (\(condition))", named: name) {
        tables[table] = read
      } else {
        tables[table]?.attachments.append(LiveAttachment("unreadable check", name: name))
      }
    }
  }

  private mutating func readTriggers() async throws(DatabaseError) {
    let rows = try await rows(MariaDBSchemaQueries.triggers)
    for row in 0..<rows.rowCount {
      tables[try rows.text(row, 0)]?.attachments.append(
        LiveAttachment("trigger", name: try rows.text(row, 1)))
    }
  }
}
