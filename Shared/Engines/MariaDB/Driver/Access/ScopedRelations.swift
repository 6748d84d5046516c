import DataAccess

/// The views through which an account reaches the tables of which it has only some rows or reads only some columns.
///
/// The administrator makes a view for the account, with a name of its own, and withholds the table. A session finds the
/// views among its own privileges.
package enum ScopedRelations {
  /// Stands between the table and the account in a view's name. No declared table has it in its name.
  package static let separator: Character = "$"

  /// The view of an account's rows of a table: `events$connector-rw`. Where the account reads through it and also inserts,
  /// a second view takes the new rows: `events$connector-rw$insert`.
  package static func view(of table: String, for account: String, isForInserts: Bool = false) -> String {
    "\(table)\(separator)\(account)" + (isForInserts ? "\(separator)insert" : "")
  }

  /// The table of a view, or the name itself.
  package static func table(ofRelation name: String) -> String { String(name.prefix { $0 != separator }) }

  /// The account's own privileges on tables and views of the database, as relation and verb.
  static let query = """
    SELECT table_name, privilege_type FROM information_schema.table_privileges
    WHERE table_schema = database() AND grantee = \(grantee)
    UNION SELECT table_name, privilege_type FROM information_schema.column_privileges
    WHERE table_schema = database() AND grantee = \(grantee)
    """

  private static let grantee = """
    concat('''', substring_index(current_user(), '@', 1), '''@''', substring_index(current_user(), '@', -1), '''')
    """

  /// The relations of the tables that the account reaches through a view, by table.
  ///
  /// A verb that the account has on the table itself goes there: an account may read all rows, and add only its own.
  static func relations(ofPrivileges rows: [[String?]]) -> [String: Relation] {
    var verbs: [String: Set<String>] = [:]
    for row in rows {
      guard let relation = row[0], let verb = row[1] else { continue }
      verbs[relation, default: []].insert(verb)
    }
    var (read, inserted): ([String: String], [String: String]) = ([:], [:])
    for (view, rights) in verbs where view.contains(separator) {
      let table = table(ofRelation: view)
      let direct = verbs[table] ?? []
      if !direct.contains("SELECT"), !rights.isDisjoint(with: ["SELECT", "UPDATE", "DELETE"]) {
        read[table] = view
      }
      if !direct.contains("INSERT"), rights.contains("INSERT") { inserted[table] = view }
    }
    var relations: [String: Relation] = [:]
    for table in Set(read.keys).union(inserted.keys) {
      // Inserts go elsewhere than reads, so they return no columns, and update no row that has the same key.
      relations[table] = Relation(
        name: read[table] ?? table, insertName: inserted[table] ?? table,
        insertedValues: .identityInResult, supportsUpsert: false)
    }
    return relations
  }
}
