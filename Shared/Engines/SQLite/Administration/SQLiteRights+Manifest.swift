import AccessManifest
import SQLiteDriver

extension SQLiteRights {
  /// The rights that the manifest declares for an account, in the form that the driver enforces.
  package init(declaredFor account: DatabaseAccount) {
    self.init()
    for grant in account.grants {
      var rights = tables[grant.table] ?? TableRights()
      let right = Right(grant)
      switch grant.verb {
      case .select: rights.select = right
      case .insert: rights.insert = right
      case .update: rights.update = right
      case .delete: rights.delete = right
      }
      tables[grant.table] = rights
    }
  }

  /// The rights in pieces, for comparison with others piece by piece.
  var pieces: Set<Piece> {
    var pieces: Set<Piece> = []
    for (table, rights) in tables {
      let verbs: [(TableVerb, Right?)] = [
        (.select, rights.select), (.insert, rights.insert), (.update, rights.update),
        (.delete, rights.delete),
      ]
      for case (let verb, let right?) in verbs {
        for column in right.columns.map({ $0.map(Optional.some) }) ?? [nil] {
          pieces.insert(Piece(table: table, verb: verb, column: column, rows: right.rows))
        }
      }
    }
    return pieces
  }

  /// One verb on one column of one table, or on all its columns.
  struct Piece: Hashable {
    let table: String
    let verb: TableVerb
    /// Nil means every column.
    let column: String?
    let rows: RowScope?

    /// `select (email) on users where role = 'member'`.
    var text: String {
      let columns = column.map { " (\($0))" } ?? ""
      let scope = rows.map { " where \($0.column) = '\($0.value)'" } ?? ""
      return "\(verb.rawValue)\(columns) on \(table)\(scope)"
    }

    var sortKey: (String, TableVerb, String) { (table, verb, column ?? "") }
  }
}

extension SQLiteRights.Right {
  init(_ grant: TableGrant) {
    self.init()
    if case .only(let names) = grant.columns { columns = names }
    rows = grant.rows.map { SQLiteRights.RowScope(column: $0.column, value: $0.value) }
  }
}
