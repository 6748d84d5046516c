/// One account's rights on the tables of an SQLite file.
///
/// SQLite has no accounts. `bulkhead access apply` stores each account's rights as JSON in the file's table
/// ``tableName``. The driver enforces the row of the account that it was opened for.
///
/// - Warning: On SQLite these rights are defence in depth, not a security boundary. They limit a program that uses this
///   driver, such as a service that an attacker tricked into running foreign SQL. A program that can open the file can
///   read and write all of it, so the boundary is the file (mode 0600). Where services must not trust each other, use
///   an engine with its own accounts. As on every engine, unique and foreign keys reveal whether a row exists to an
///   account that may insert.
package struct SQLiteRights: Codable, Sendable, Hashable {
  /// The rights by table. The driver denies every verb on a table that is not listed.
  package var tables: [String: TableRights]

  /// Makes rights on these tables only.
  package init(tables: [String: TableRights] = [:]) {
    self.tables = tables
  }

  /// The rights on one table; the driver denies a verb that is nil.
  package struct TableRights: Codable, Sendable, Hashable {
    package var select: Right?
    /// SQLite does not report the columns of an insert, so `columns` must be nil here.
    package var insert: Right?
    package var update: Right?
    /// A deletion removes whole rows, so `columns` must be nil here.
    package var delete: Right?

    /// Makes rights for these verbs only.
    package init(select: Right? = nil, insert: Right? = nil, update: Right? = nil, delete: Right? = nil) {
      self.select = select
      self.insert = insert
      self.update = update
      self.delete = delete
    }
  }

  /// One verb on one table.
  package struct Right: Codable, Sendable, Hashable {
    /// The columns; nil means all, including those that later migrations add.
    package var columns: [String]?
    /// The rows; nil means all.
    package var rows: RowScope?

    /// Makes a right; the default covers every column of every row.
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

    /// Makes a scope of the rows whose `column` equals `value`, byte for byte.
    package init(column: String, value: String) {
      self.column = column
      self.value = value
    }
  }

  /// Whether the account may only read.
  package var isReadOnly: Bool {
    tables.values.allSatisfy { $0.insert == nil && $0.update == nil && $0.delete == nil }
  }

  /// The tables that the account reads through a view of its rows.
  var scopedTables: [String] {
    tables.filter { $0.value.select?.rows != nil }.map(\.key).sorted()
  }

  /// The name of the view through which an account with a row scope reads `table`.
  ///
  /// It differs from the table's own name, because a trigger's statement cannot choose between two tables of one name.
  package static func scopedRelation(for table: String) -> String { "scoped_\(table)" }
}
