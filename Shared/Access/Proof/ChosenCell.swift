import AccessManifest

/// A cell of the matrix that a person chose: an account, a verb, a table, and a column where the verb takes one.
package struct ChosenCell: Sendable, Hashable, Decodable {
  /// The account whose credentials are used.
  package let account: String
  /// The verb of the statement.
  package let verb: TableVerb
  /// The table.
  package let table: String
  /// The column; `*` for all columns, nil for a deletion.
  package let column: String?

  /// Creates a choice.
  package init(account: String, verb: TableVerb, table: String, column: String?) {
    self.account = account
    self.verb = verb
    self.table = table
    self.column = column
  }

  /// Whether a cell of the proof is this one.
  func isCell(_ cell: ProofCell) -> Bool {
    cell.account == account && cell.verb == verb.rawValue && cell.object == table && cell.row == nil
      && cell.column == (verb.takesColumns ? column : nil)
  }
}
