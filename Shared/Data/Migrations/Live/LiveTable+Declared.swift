import DataAccess
import Schema

extension LiveTable {
  /// The table that the migrations create for a definition, in the same terms as a table that a reader returns.
  ///
  /// It is read from the statements that ``DefinitionWriter`` writes: the expectation and the migrations cannot differ.
  package static func declared(
    _ definition: TableDefinition, in dialect: Dialect
  ) throws(UnreadableDefinition) -> LiveTable {
    let writer = DefinitionWriter(dialect: dialect)
    guard var table = SQLTableReader.table(writer.createTable(definition), home: nil) else {
      throw UnreadableDefinition(table: definition.name)
    }
    for index in definition.indexes {
      guard let found = SQLIndexReader.index(writer.createIndex(index, on: definition.name)) else {
        throw UnreadableDefinition(table: definition.name)
      }
      table.indexes.append(found.index)
    }
    return table
  }
}

/// A statement of ``DefinitionWriter`` has a form that ``SQLTableReader`` does not read. This is a defect of the reader.
package struct UnreadableDefinition: Error, Sendable, Hashable, CustomStringConvertible {
  /// The table of the definition.
  package let table: String

  /// Names the table.
  package var description: String {
    "the definition of \(table) has a form that the comparison does not read"
  }
}
