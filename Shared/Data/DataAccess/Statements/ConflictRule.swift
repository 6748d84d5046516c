import Schema

/// What an insert does when the table has a row with the same key.
///
/// It works on a relation that has upserts, and so not on a view that scopes rows or columns.
struct ConflictRule: Sendable {
  let key: [ColumnName]
  /// The columns that get the values of the new row; empty leaves the row as it is, and inserts nothing.
  let updated: [ColumnName]

  /// A rule by the columns' names.
  init(key: [ColumnName], updated: [ColumnName]) {
    self.key = key
    self.updated = updated
  }

  /// A rule that changes columns of the row with the same key.
  init<Owner, each Changed, each Key>(
    updating changed: repeat KeyPath<Owner, Column<Owner, each Changed>>,
    onConflictOf key: repeat KeyPath<Owner, Column<Owner, each Key>>
  ) {
    var columns: [ColumnName] = []
    var keyColumns: [ColumnName] = []
    repeat columns.append(ColumnName(each changed))
    repeat keyColumns.append(ColumnName(each key))
    self.init(key: keyColumns, updated: columns)
  }

  func write<Writer: StatementWriter>(
    for table: TableName, _ operation: Operation, to writer: inout Writer
  ) throws(DatabaseError) {
    guard writer.dialect.relation(for: table.name).supportsUpsert else {
      throw .invalid("the relation does not support upsert", operation)
    }
    switch writer.dialect.upsert {
    case .onConflict: writeOnConflict(to: &writer)
    case .onDuplicateKey: writeOnDuplicateKey(to: &writer)
    }
  }

  private func writeOnConflict<Writer: StatementWriter>(to writer: inout Writer) {
    writer.put(" ON CONFLICT (")
    writer.columns(key)
    guard !updated.isEmpty else { return writer.put(") DO NOTHING") }
    writer.put(") DO UPDATE SET ")
    writer.list(updated) { writer, column in
      writer.column(column)
      writer.put(" = excluded.")
      writer.column(column)
    }
  }

  /// Without a column to update, the key is set to its own value: the engine then reports no changed row.
  private func writeOnDuplicateKey<Writer: StatementWriter>(to writer: inout Writer) {
    writer.put(" ON DUPLICATE KEY UPDATE ")
    guard !updated.isEmpty else {
      return writer.list(key.prefix(1)) { writer, column in
        writer.column(column)
        writer.put(" = ")
        writer.column(column)
      }
    }
    writer.list(updated) { writer, column in
      writer.column(column)
      writer.put(" = VALUES(")
      writer.column(column)
      writer.put(")")
    }
  }
}
