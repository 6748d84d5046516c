import AccessManifest
import MariaDBDriver

/// What a view of rows relies on in its table: the index that it forces, and how the scope's column compares.
struct MariaDBViewBasis: Hashable {
  let table: String
  /// Nil where the view forces none.
  let index: String?
  let column: String
}

/// What a server has of a table, as far as views rely on it.
struct MariaDBTableShape: Hashable {
  /// An index.
  struct Index: Hashable {
    let firstColumn: String
    /// Whether the server uses it for no statement: IGNORED of MariaDB, INVISIBLE of MySQL.
    let isIgnored: Bool
  }

  var indexes: [ExactText: Index] = [:]
  /// The collation of each column that has one.
  var collations: [ExactText: String] = [:]
}

extension MariaDBTableShape {
  /// What keeps a view from showing its rows, or lets it show others; nil where it shows its own.
  func problem(for basis: MariaDBViewBasis) -> String? {
    if let name = basis.index {
      guard let index = indexes[ExactText(name)] else {
        return
          "forces the index \(name) of \(basis.table), which does not exist, so the account fails (error 1176)"
      }
      if index.isIgnored {
        return
          "forces the index \(name) of \(basis.table), which the server ignores, so the account fails (error 1176)"
      }
      if index.firstColumn != basis.column {
        return
          "forces the index \(name) of \(basis.table), which begins with \(index.firstColumn) and not with "
          + "\(basis.column), so a condition of the account sees hidden rows"
      }
    }
    if let collation = collations[ExactText(basis.column)], !SessionSettings.collations.contains(collation) {
      return
        "compares \(basis.table).\(basis.column) by \(collation), to which different values are equal, so the account "
        + "may see and change rows of others"
    }
    return nil
  }
}

extension MariaDBState {
  /// What the views of an account's rows rely on.
  mutating func addBasis(of rights: MariaDBTableRights, named view: String) {
    guard let scope = rights.scope else { return }
    viewBases[ExactText(view)] = MariaDBViewBasis(
      table: rights.table.name, index: rights.index, column: scope.column)
  }
}
