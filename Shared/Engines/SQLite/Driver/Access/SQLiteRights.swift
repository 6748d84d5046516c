/// What one account may do with the tables of an SQLite file.
///
/// SQLite knows no accounts. `bulkhead access apply` stores the rights of each account as JSON in the table
/// ``tableName`` of the file itself, and the driver enforces the row of the account that it was opened for.
///
/// - Warning: On SQLite this is defence in depth, not a wall. The rights bind a program that asks through this driver:
///   they hold a service that was tricked into running someone else's SQL. A program that can open the file can read
///   and write all of it, so the file (mode 0600) is the wall; where services must not trust each other, use an engine
///   with accounts of its own. As on every engine, a unique key or a foreign key tells whether a row exists to
///   whoever may insert.
package struct SQLiteRights: Codable, Sendable, Hashable {
  /// The rights by table. A table that is not named is denied, for every verb.
  package var tables: [String: TableRights]

  /// Rights on these tables and no others.
  package init(tables: [String: TableRights] = [:]) {
    self.tables = tables
  }

  /// What may be done with one table; a verb that is nil is denied.
  package struct TableRights: Codable, Sendable, Hashable {
    package var select: Right?
    /// SQLite does not tell which columns an insert names, so `columns` must be nil here.
    package var insert: Right?
    package var update: Right?
    /// A row is deleted whole, so `columns` must be nil here.
    package var delete: Right?

    /// Rights for these verbs and no others.
    package init(select: Right? = nil, insert: Right? = nil, update: Right? = nil, delete: Right? = nil) {
      self.select = select
      self.insert = insert
      self.update = update
      self.delete = delete
    }
  }

  /// One verb on one table.
  package struct Right: Codable, Sendable, Hashable {
    /// The columns; nil is all of them, with those that later migrations add.
    package var columns: [String]?
    /// The rows; nil is all of them.
    package var rows: RowScope?

    /// By default every column of every row.
    package init(columns: [String]? = nil, rows: RowScope? = nil) {
      self.columns = columns
      self.rows = rows
    }

    /// Every column of every row.
    package static let all = Right()
  }

  /// The rows whose `column` holds the text `value`.
  package struct RowScope: Codable, Sendable, Hashable {
    package var column: String
    package var value: String

    /// Rows whose `column` equals `value`, byte for byte.
    package init(column: String, value: String) {
      self.column = column
      self.value = value
    }
  }

  /// Whether no verb changes anything.
  package var isReadOnly: Bool {
    tables.values.allSatisfy { $0.insert == nil && $0.update == nil && $0.delete == nil }
  }

  /// The tables that the account sees through a view with the rows of its scope.
  var scopedTables: [String] {
    tables.filter { $0.value.select?.rows != nil }.map(\.key).sorted()
  }

  /// The name under which an account with a row scope sees `table`.
  ///
  /// It differs from the table's own, because a trigger's statements cannot say which of two tables of one name
  /// they mean.
  package static func scopedRelation(for table: String) -> String { "scoped_\(table)" }
}
