/// The grant of one verb on one table to one account.
package struct TableGrant: Sendable, Hashable {
  /// The table.
  package let table: String
  /// The verb that the grant allows.
  package let verb: TableVerb
  /// The columns that the verb may use.
  package let columns: ColumnSet
  /// The rows that the verb may use; nil for every row.
  package let rows: RowScope?

  /// Creates a grant of `verb` on `table`, by default on every column of every row.
  package init(table: String, verb: TableVerb, columns: ColumnSet = .all, rows: RowScope? = nil) {
    self.table = table
    self.verb = verb
    self.columns = columns
    self.rows = rows
  }

  /// Whether the account may choose the ids of the rows that it writes.
  ///
  /// An account that writes only its own rows must not, unless the manifest names the column. An id that is taken
  /// would reveal another account's row, and taking future ids would block the writes of other accounts.
  package var choosesIdentities: Bool {
    switch verb {
    case .select, .delete: true
    case .insert, .update: rows == nil || columns != .all
    }
  }
}

/// The columns of a grant.
package enum ColumnSet: Sendable, Hashable {
  /// Every column, including those that later migrations add.
  case all
  /// Only these columns. A column that is added later is not included.
  case only([String])

  /// Whether the set includes `column`.
  package func contains(_ column: String) -> Bool {
    switch self {
    case .all: true
    case .only(let names): names.contains(column)
    }
  }
}

/// The rows of a grant: those whose `column` equals `value`, for reading and for writing.
package struct RowScope: Sendable, Hashable {
  /// The text column that identifies the rows.
  package let column: String
  /// The value of the account's own rows.
  package let value: String

  /// Creates a scope.
  package init(column: String, value: String) {
    self.column = column
    self.value = value
  }
}

/// One of the four operations on the rows of a table.
package enum TableVerb: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  case select, insert, update, delete

  /// Whether the verb changes rows.
  package var isWrite: Bool { self != .select }

  /// Whether a grant of the verb can name columns. A delete removes whole rows.
  package var takesColumns: Bool { self != .delete }

  /// The order of reports: select, insert, update, delete.
  package static func < (left: TableVerb, right: TableVerb) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
