import AccessManifest

/// What the lint takes from a live database. Each fact is a plain value, so that the rules stay pure.
package struct LiveAccessFacts: Sendable, Hashable {
  /// A table's size and indexes.
  package struct Table: Sendable, Hashable {
    /// The engine's estimate of the rows.
    package let rows: Int
    /// The first column of each index.
    package let indexed: Set<String>

    /// Creates the facts of a table.
    package init(rows: Int, indexed: Set<String>) {
      self.rows = rows
      self.indexed = indexed
    }
  }

  /// A right or a policy of an account on a table, as the engine stores it.
  package struct Right: Sendable, Hashable {
    /// The account.
    package let account: String
    /// The table.
    package let table: String
    /// The verb, or the policy's name.
    package let name: String

    /// Creates a right.
    package init(account: String, table: String, name: String) {
      self.account = account
      self.table = table
      self.name = name
    }
  }

  /// The connections that the server accepts from roles without a reservation; nil where the engine has no such limit.
  package var connections: Int?
  /// The tables by name.
  package var tables: [String: Table] = [:]
  /// Functions with their owner's rights and without a fixed search path.
  package var looseDefiners: [String] = []
  /// Privileges on a whole table, of an account that also has the privilege on some of its columns.
  package var wholeTableRights: [Right] = []
  /// Policies for an account that lacks the privilege.
  package var idlePolicies: [Right] = []

  /// Creates facts of an engine that has none.
  package init() {}
}
