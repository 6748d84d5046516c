import DataAccess
import PostgresDriver
import SQLiteDriver
import Schema
import Testing

@testable import Migrations

/// The expected tables, which are read from the migrations' own statements.
@Suite struct DeclaredTableTests {
  private static let dialects = [Dialect.postgreSQL, .sqlite]

  private func declared(_ definition: TableDefinition, _ dialect: Dialect) throws -> LiveTable {
    try LiveTable.declared(definition, in: dialect)
  }

  @Test(arguments: Schema.tables)
  func `every declared table is read from its statements with all its parts`(_ definition: TableDefinition)
    throws
  {
    for dialect in Self.dialects {
      let table = try declared(definition, dialect)
      #expect(table.name == definition.name)
      #expect(table.columns.map(\.name) == definition.columns.map(\.name))
      #expect(table.uniqueKeys.map(\.columns) == definition.uniqueKeys)
      #expect(table.foreignKeys.map(\.table) == definition.references.map(\.table))
      #expect(table.indexes.count == definition.indexes.count)
      #expect(table.primaryKey?.columns == ["id"])
      for (column, wanted) in zip(table.columns, definition.columns) {
        #expect(column.isNullable == wanted.isNullable, "\(column.name)")
        #expect((column.defaultValue != nil) == (wanted.defaultValue != nil), "\(column.name)")
        #expect((column.identity != nil) == wanted.isIdentity, "\(column.name)")
      }
    }
  }

  @Test func `a table does not differ from itself, and every part that is taken away is a difference`() throws
  {
    for dialect in Self.dialects {
      for definition in Schema.tables {
        let table = try declared(definition, dialect)
        #expect(differences(table, table).isEmpty)
        for column in table.columns.indices {
          var other = table
          other.columns.remove(at: column)
          #expect(!differences(table, other).isEmpty)
          #expect(!differences(other, table).isEmpty)
        }
        for path in [\LiveTable.checks.count, \.uniqueKeys.count, \.indexes.count, \.foreignKeys.count]
        where table[keyPath: path] > 0 {
          var other = table
          if path == \.checks.count { other.checks.removeLast() }
          if path == \.uniqueKeys.count { other.uniqueKeys.removeLast() }
          if path == \.indexes.count { other.indexes.removeLast() }
          if path == \.foreignKeys.count { other.foreignKeys.removeLast() }
          #expect(differences(table, other).count == 1)
        }
      }
    }
  }

  private func differences(_ declared: LiveTable, _ actual: LiveTable) -> [SchemaDifference] {
    SchemaComparison(declared: [declared], actual: LiveSchema(tables: [actual])).differences
  }
}
