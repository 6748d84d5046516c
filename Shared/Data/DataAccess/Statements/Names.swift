import Schema

/// A column in a statement: its name for the text, and a number for the statement's ``StatementShape``.
struct ColumnName: Sendable {
  let name: String
  /// Differs from the number of every other column and table.
  let identity: UInt

  init<Owner, Value>(_ path: KeyPath<Owner, Column<Owner, Value>>) {
    self.init(Owner.shape[keyPath: path])
  }

  init<Owner, Value>(_ column: Column<Owner, Value>) {
    name = column.name
    identity = column.address
  }

  /// The identity column of `table`, whose type a page and a row that is read back do not carry.
  init(identityNamed name: String, of table: TableName) {
    self.name = name
    // No object starts one byte after another.
    identity = table.identity + 1
  }
}

/// A table in a statement: its name in the schema, and a number for the statement's ``StatementShape``.
struct TableName: Sendable {
  let name: String
  /// Differs from the number of every other column and table.
  let identity: UInt

  init<Owner: Table>(_ table: Owner.Type) {
    name = Owner.definition.name
    identity = UInt(bitPattern: ObjectIdentifier(table))
  }
}
