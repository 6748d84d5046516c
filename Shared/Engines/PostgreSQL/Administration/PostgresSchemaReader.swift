import DataAccess
import Migrations

/// Reads the schema of a PostgreSQL database from its catalog.
///
/// It must read any database: what it cannot represent becomes a trait or an attachment in words. Definitions of
/// constraints and indexes come as the server prints them, and the readers of ``Migrations`` make values of that text.
struct PostgresSchemaReader {
  private let runner: any StatementRunner
  private var tables: [Int64: LiveTable] = [:]

  /// Makes a reader. Pass a transaction that reads one snapshot, with short waits: the functions that print definitions wait
  /// for locks on the tables.
  init(_ runner: any StatementRunner) {
    self.runner = runner
  }

  func read() async throws(DatabaseError) -> LiveSchema {
    var reader = self
    _ = try await reader.rows(PostgresCatalogQueries.trustedNames)
    try await reader.readTables()
    try await reader.readColumns()
    try await reader.readConstraints()
    try await reader.readIndexes()
    try await reader.readAttachments()
    try await reader.readRelations()
    return LiveSchema(tables: reader.tables.sorted { $0.key < $1.key }.map(\.value))
  }

  private func rows(_ sql: String) async throws(DatabaseError) -> any ResultSet {
    try await runner.unsafeQuery(unsafeSQL: sql, label: "read the schema", isRead: true)
  }

  private mutating func readTables() async throws(DatabaseError) {
    let rows = try await rows(PostgresSchemaQueries.tables)
    for row in 0..<rows.rowCount {
      let schema = try rows.text(row, 1)
      let kind = try rows.optionalText(row, 3)
      var table = LiveTable(
        name: try rows.text(row, 2), schema: schema == PostgresSQL.schema ? nil : schema,
        kind: kind.map { .other($0) } ?? .table)
      if let traits = try rows.optionalText(row, 4) { table.traits = Set(Self.parts(of: traits)) }
      tables[try rows.integer(row, 0)] = table
    }
  }

  private mutating func readColumns() async throws(DatabaseError) {
    let rows = try await rows(PostgresSchemaQueries.columns)
    for row in 0..<rows.rowCount {
      var column = LiveColumn(
        name: try rows.text(row, 1), type: SQLTypeName.canonical(try rows.text(row, 2)))
      column.isNullable = !(try rows.boolean(row, 3))
      column.identity = try rows.optionalText(row, 4)
      let expression = try rows.optionalText(row, 5).map(SQLTableReader.defaultValue)
      if try rows.boolean(row, 6) {
        column.generated = expression.flatMap { $0.map { "\($0) stored" } }
      } else {
        column.defaultValue = expression ?? nil
      }
      column.collation = try rows.optionalText(row, 7)
      column.sequence = try rows.optionalText(row, 8)
      tables[try rows.integer(row, 0)]?.columns.append(column)
    }
  }

  private mutating func readConstraints() async throws(DatabaseError) {
    let rows = try await rows(PostgresSchemaQueries.constraints)
    for row in 0..<rows.rowCount {
      let (id, name) = (try rows.integer(row, 0), try rows.text(row, 1))
      guard let table = tables[id] else { continue }
      var reader = SQLTableReader(table, home: PostgresSQL.schema)
      tables[id] =
        reader.add(constraint: try rows.text(row, 2), named: name) ?? unread("constraint", name, table)
    }
  }

  private mutating func readIndexes() async throws(DatabaseError) {
    let rows = try await rows(PostgresSchemaQueries.indexes)
    for row in 0..<rows.rowCount {
      let (id, name) = (try rows.integer(row, 0), try rows.text(row, 1))
      guard var table = tables[id] else { continue }
      let isInvalid = try rows.boolean(row, 4)
      if try rows.boolean(row, 3) {
        // The constraint is there already; only its index can be invalid.
        if isInvalid { table.attachments.append(LiveAttachment("invalid index", name: name)) }
      } else if var index = SQLIndexReader.index(try rows.text(row, 2))?.index {
        if isInvalid { index.traits.insert("invalid") }
        table.indexes.append(index)
      } else {
        table = unread("index", name, table)
      }
      tables[id] = table
    }
  }

  private mutating func readAttachments() async throws(DatabaseError) {
    let rows = try await rows(PostgresSchemaQueries.attachments)
    for row in 0..<rows.rowCount {
      tables[try rows.integer(row, 0)]?.attachments.append(
        LiveAttachment(try rows.text(row, 1), name: try rows.text(row, 2)))
    }
  }

  private mutating func readRelations() async throws(DatabaseError) {
    let rows = try await rows(PostgresSchemaQueries.relations)
    var relations = PostgresRelations()
    for row in 0..<rows.rowCount {
      let (reader, source) = (try rows.integer(row, 0), try rows.integer(row, 1))
      if try rows.boolean(row, 2) {
        relations.add(child: reader, of: source)
      } else {
        relations.add(view: reader, of: source)
      }
    }
    let names = tables.mapValues { LiveRelation(schema: $0.schema, name: $0.name) }
    for id in tables.keys {
      tables[id]?.ancestors = Set(relations.ancestors(of: id).compactMap { names[$0] })
      tables[id]?.shown = Set(relations.shown(by: id).compactMap { names[$0] })
    }
    let rules = try await self.rows(PostgresSchemaQueries.replacingRules)
    for row in 0..<rules.rowCount {
      tables[try rules.integer(row, 0)]?.replacedVerbs.insert(try rules.text(row, 1))
    }
  }

  /// An object whose text the reader does not understand is still reported.
  private func unread(_ kind: String, _ name: String, _ table: LiveTable) -> LiveTable {
    var table = table
    table.attachments.append(LiveAttachment("unreadable \(kind)", name: name))
    return table
  }

  private static func parts(of text: String) -> [String] {
    text.split(separator: "\u{1F}").map(String.init)
  }
}
