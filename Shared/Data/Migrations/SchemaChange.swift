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
