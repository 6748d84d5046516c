import DataAccess
import Migrations
import SQLiteDriver

/// Reads the schema of an SQLite file.
///
/// SQLite stores each definition as the text of its CREATE statement, and reads it from there when it opens the file
/// (https://sqlite.org/schematab.html). The pragmas show less: no check, no collation of a column, no AUTOINCREMENT. So
/// the reader takes that text. A text that it cannot read becomes an object of another kind, so that it is reported.
struct SQLiteSchemaReader {
  private let runner: any StatementRunner

  init(_ runner: any StatementRunner) {
    self.runner = runner
  }

  func read() async throws(DatabaseError) -> LiveSchema {
    let rows = try await runner.unsafeQuery(unsafeSQL: Self.query, label: "read the schema", isRead: true)
    var schema = LiveSchema()
    var parts: [(table: String, type: String, name: String, sql: String)] = []
    for row in 0..<rows.rowCount {
      let (type, name) = (try rows.text(row, 0), try rows.text(row, 1))
      let sql = try rows.optionalText(row, 3) ?? ""
      switch type {
      case "table": schema.tables.append(Self.table(name, sql))
      case "view": schema.tables.append(LiveTable(name: name, kind: .other("a view")))
      default: parts.append((try rows.text(row, 2), type, name, sql))
      }
    }
    for part in parts {
      guard let index = schema.tables.firstIndex(where: { $0.name == part.table }) else { continue }
      Self.add(part.type, part.name, part.sql, to: &schema.tables[index])
    }
    Self.completeReferences(in: &schema)
    return schema
  }

  /// Indexes without text belong to a key, which the table's own text defines.
  private static let query = """
    SELECT type, name, tbl_name, sql FROM sqlite_schema
    WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '\(SQLiteRights.tableName)'
      AND (type <> 'index' OR sql IS NOT NULL)
    ORDER BY rowid
    """

  private static func table(_ name: String, _ sql: String) -> LiveTable {
    if var table = SQLTableReader.table(sql, home: "main") {
      // The column `name` is what statements use.
      table.name = name
      return table
    }
    let words = sql.prefix(20).lowercased().hasPrefix("create virtual") ? "a virtual table" : unreadable
    return LiveTable(name: name, kind: .other(words))
  }

  private static let unreadable = "a table whose definition this release cannot read"

  private static func add(_ type: String, _ name: String, _ sql: String, to table: inout LiveTable) {
    guard type == "index" else {
      table.attachments.append(LiveAttachment(type, name: name))
      return
    }
    guard let index = SQLIndexReader.index(sql)?.index else {
      table.attachments.append(LiveAttachment("unreadable index", name: name))
      return
    }
    table.indexes.append(index)
  }

  /// A foreign key without columns refers to the primary key.
  private static func completeReferences(in schema: inout LiveSchema) {
    let keys = Dictionary(
      schema.tables.map { ($0.name, $0.primaryKey?.columns ?? []) }, uniquingKeysWith: { first, _ in first })
    for table in schema.tables.indices {
      for key in schema.tables[table].foreignKeys.indices
      where schema.tables[table].foreignKeys[key].referencedColumns.isEmpty {
        schema.tables[table].foreignKeys[key].referencedColumns =
          keys[schema.tables[table].foreignKeys[key].table] ?? []
      }
    }
  }
}

extension ResultSet {
  /// Returns the text of a field that may be NULL.
  fileprivate func optionalText(_ row: Int, _ column: Int) throws(DatabaseError) -> String? {
    isNull(row, column) ? nil : try text(row, column)
  }
}
