import AccessManifest
import MariaDBDriver
import Schema

/// A view in the database.
struct MariaDBView: Hashable {
  @ExactText var name: String
  /// As the server prints it.
  @ExactText var definition: String
  /// `name@host`.
  @ExactText var definer: String
  let runsAsDefiner: Bool
  /// `CASCADED`, `LOCAL` or `NONE`.
  let checkOption: String
  /// `UNDEFINED`, `MERGE` or `TEMPTABLE`, through which no row can be changed.
  var algorithm = "UNDEFINED"
}

extension MariaDBView {
  /// The view of an account, as the server prints it. The check option refuses rows that the view would not show.
  ///
  /// An account has a view of its own: its rights on the view are what ties it to the scope, and a constant lets the
  /// server use the index.
  init(
    of rights: MariaDBTableRights, named name: String, in database: String, _ catalog: RightsCatalog
  ) {
    let source = "\(MariaDBSQL.identifier(database)).\(MariaDBSQL.identifier(rights.table.name))"
    let shown = rights.shownColumns
    let columns = rights.table.columns.map { column in
      let quoted = MariaDBSQL.identifier(column.name)
      return "\(shown.contains(column.name) ? "\(source).\(quoted)" : "NULL") AS \(quoted)"
    }
    let index = rights.index.map { " FORCE INDEX (\(MariaDBSQL.identifier($0)))" } ?? ""
    let rows = rights.scope.map { scope in
      let column = "\(source).\(MariaDBSQL.identifier(scope.column))"
      return " where " + catalog.viewCondition("\(column) = \(MariaDBSQL.literal(scope.value))")
    }
    self.init(
      name: name,
      definition: "select \(columns.joined(separator: ",")) from \(source)\(index)\(rows ?? "")",
      definer: Self.ownDefiner, runsAsDefiner: true, checkOption: rows == nil ? "NONE" : "CASCADED")
  }

  /// Whether the tool made it, for an account that has changed meanwhile.
  var isOwn: Bool { name.contains(ScopedRelations.separator) && definer == Self.ownDefiner }

  /// The account whose rows or columns it shows.
  var account: String? {
    let parts = name.split(separator: ScopedRelations.separator)
    return parts.count > 1 ? String(parts[1]) : nil
  }

  private static let ownDefiner = "\(MariaDBGrantee.viewDefiner.user)@\(MariaDBGrantee.viewDefiner.host)"

  /// Replaces the view at once; the rights on it stay.
  func creation(in database: String) -> String {
    """
    CREATE OR REPLACE ALGORITHM = \(algorithm) DEFINER = \(MariaDBGrantee.viewDefiner.sql) SQL SECURITY DEFINER VIEW \
    \(MariaDBSQL.identifier(database)).\(MariaDBSQL.identifier(name)) AS \(definition)\
    \(checkOption == "NONE" ? "" : " WITH \(checkOption) CHECK OPTION")
    """
  }

  func removal(in database: String) -> String {
    "DROP VIEW IF EXISTS \(MariaDBSQL.identifier(database)).\(MariaDBSQL.identifier(name))"
  }
}
