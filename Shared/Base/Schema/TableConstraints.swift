/// A foreign key to the `id` of another table.
package struct Reference: Sendable, Hashable {
  /// What happens to the referring rows when the referenced row is deleted.
  package enum Deletion: Sendable, Hashable {
    /// They are deleted too.
    case cascade
    /// The engine refuses the deletion.
    case refuse
    /// Their column becomes NULL.
    case setNull
  }

  /// The referring column.
  package let column: String
  /// The referenced table.
  package let table: String
  /// What happens when the referenced row is deleted.
  package let onDelete: Deletion

  /// A foreign key from `column` to `table`.
  package init(column: String, table: String, onDelete: Deletion = .cascade) {
    self.column = column
    self.table = table
    self.onDelete = onDelete
  }
}

/// An index beside those of the keys: over all rows, or over those that fulfil a condition.
///
/// An array literal of columns is a plain index: `indexes: [["owner_id"]]`.
package struct IndexDefinition: Sendable, Hashable, ExpressibleByArrayLiteral {
  /// The columns, in order.
  package let columns: [String]
  /// Whether two rows of the index may not have the same values.
  package let isUnique: Bool
  /// The condition of a partial index, in SQL that every engine accepts; nil indexes every row.
  package let condition: String?
  /// A name of its own, which a second index on the same columns needs; nil derives it from table and columns.
  package let givenName: String?

  /// An index over `columns`.
  package init(
    _ columns: [String], isUnique: Bool = false, where condition: String? = nil, name: String? = nil
  ) {
    self.columns = columns
    self.isUnique = isUnique
    self.condition = condition
    givenName = name
  }

  /// A plain index over these columns.
  package init(arrayLiteral columns: String...) {
    self.init(columns)
  }

  /// The name in the database: the given one, or `TABLE_COLUMNS_idx`.
  package func name(on table: String) -> String {
    givenName ?? "\(table)_\(columns.joined(separator: "_"))_idx"
  }
}

/// A condition that every row of a table fulfils.
package struct CheckDefinition: Sendable, Hashable {
  /// The constraint's name, which is unique in the table.
  package let name: String
  /// The columns that the condition reads.
  package let columns: [String]
  /// The condition, in SQL that every engine accepts.
  package let condition: String

  /// A check named `name`.
  package init(name: String, columns: [String], condition: String) {
    self.name = name
    self.columns = columns
    self.condition = condition
  }
}

/// The names of constraints, which the engines derive in the same way.
extension TableDefinition {
  /// `TABLE_COLUMNS_key`.
  package static func uniqueKeyName(_ columns: [String], in table: String) -> String {
    "\(table)_\(columns.joined(separator: "_"))_key"
  }

  /// `TABLE_COLUMN_fkey`.
  package static func referenceName(_ column: String, in table: String) -> String {
    "\(table)_\(column)_fkey"
  }

  /// `TABLE_COLUMN_check`.
  package static func columnCheckName(_ column: String, in table: String) -> String {
    "\(table)_\(column)_check"
  }
}
