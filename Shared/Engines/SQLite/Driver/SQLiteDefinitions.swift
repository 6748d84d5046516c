import DataAccess
import Schema

extension DefinitionCapabilities {
  /// SQLite 3.35 and newer: https://sqlite.org/lang_altertable.html, section 7.
  static let sqlite: DefinitionCapabilities = DefinitionCapabilities(
    engine: SQLiteEngine().name, tableChanges: .rebuild(rebuild), onlineIndexes: nil, lockWaits: nil,
    dropGuard: .transaction,
    sessionSettings: [])

  /// With foreign keys on, the drop of the old table would delete the rows that refer to it. The setting has no effect
  /// inside a transaction.
  private static let rebuild: TableRebuild = TableRebuild(
    before: ["PRAGMA foreign_keys = OFF"], after: ["PRAGMA foreign_keys = ON"],
    brokenReferences:
      "SELECT 'a row of ' || \"table\" || ' refers to no row of ' || parent FROM pragma_foreign_key_check",
    foreignObjects: { table, columns, indexes in
      let dialect = Dialect.sqlite
      let name = dialect.literal(table)
      return """
        SELECT 'column ' || name FROM pragma_table_xinfo(\(name)) WHERE name NOT IN (\(list(columns, dialect)))
        UNION ALL SELECT type || ' ' || name FROM sqlite_schema
        WHERE tbl_name = \(name) AND type IN ('trigger', 'index') AND sql IS NOT NULL AND name NOT IN (\(list(indexes, dialect)))
        """
    },
    keepIdentities: { old, new in
      let (old, new) = (Dialect.sqlite.literal(old), Dialect.sqlite.literal(new))
      return [
        "DELETE FROM sqlite_sequence WHERE name = \(new)",
        "INSERT INTO sqlite_sequence (name, seq) SELECT \(new), seq FROM sqlite_sequence WHERE name = \(old)",
      ]
    },
    misfits: { type, column in
      switch type {
      case .bigint, .integer: "typeof(\(column)) NOT IN ('integer', 'null')"
      case .timestamp: "\(column) IS NOT NULL AND (typeof(\(column)) <> 'text' OR length(\(column)) <> 26)"
      case .date: "\(column) IS NOT NULL AND (typeof(\(column)) <> 'text' OR length(\(column)) <> 10)"
      case .boolean, .varchar, .char, .text, .json, .other: nil
      }
    })

  private static func list(_ names: [String], _ dialect: Dialect) -> String {
    names.map(dialect.literal).joined(separator: ", ")
  }
}
