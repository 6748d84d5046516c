/// One verb on one table for one account: the unit of which the whole manifest is made.
package struct TableGrant: Sendable, Hashable {
  /// The table it is about.
  package let table: String
  /// What may be done.
  package let verb: TableVerb
  /// On which columns.
  package let columns: ColumnSet
  /// On which rows; `nil` is every row.
  package let rows: RowScope?

  /// Grants `verb` on `table`, by default on every column of every row.
  package init(table: String, verb: TableVerb, columns: ColumnSet = .all, rows: RowScope? = nil) {
    self.table = table
    self.verb = verb
    self.columns = columns
    self.rows = rows
  }

  /// Whether the account may choose the identities of the rows that it writes.
  ///
  /// An account that may write only rows of its own may not, unless the manifest names the column: by an identity that
  /// is taken it would learn of others' rows, and by taking those to come it would keep others from writing.
  package var choosesIdentities: Bool {
    switch verb {
    case .select, .delete: true
    case .insert, .update: rows == nil || columns != .all
    }
  }
}

/// The columns a grant is about.
package enum ColumnSet: Sendable, Hashable {
  /// The whole table, with the columns that later migrations add.
  case all
  /// These alone; a column that is added later is not among them.
  case only([String])

  /// Whether `column` is among them.
  package func contains(_ column: String) -> Bool {
    switch self {
    case .all: true
    case .only(let names): names.contains(column)
    }
  }
}

/// The rows a grant is about: those whose `column` holds `value`, for reading and for writing alike.
package struct RowScope: Sendable, Hashable {
  /// A text column of the table.
  package let column: String
  /// The value that makes a row the account's own.
  package let value: String

  /// Rows whose `column` equals `value`.
  package init(column: String, value: String) {
    self.column = column
    self.value = value
  }
}
