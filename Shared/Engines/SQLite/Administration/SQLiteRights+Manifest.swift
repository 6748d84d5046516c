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

    /// Whether it gives at least the same.
    func covers(_ other: Piece) -> Bool {
      table == other.table && verb == other.verb && (column == nil || column == other.column)
        && (rows == nil || rows == other.rows)
    }

    /// `select (email) on users where role = 'member'`.
    var text: String {
      let columns = column.map { " (\($0))" } ?? ""
      let scope = rows.map { " where \($0.column) = '\($0.value)'" } ?? ""
      return "\(verb.rawValue)\(columns) on \(table)\(scope)"
    }

    var sortKey: (String, TableVerb, String) { (table, verb, column ?? "") }
  }
}

// MARK: Adding rights

extension SQLiteRights {
  /// These rights and the others. A stored right on the rows of another scope stays as it is: one right has one scope.
  func added(to stored: SQLiteRights) -> SQLiteRights {
    SQLiteRights(tables: stored.tables.merging(tables) { old, new in new.added(to: old) })
  }
}

extension SQLiteRights.TableRights {
  fileprivate func added(to stored: Self) -> Self {
    func sum(_ verb: KeyPath<Self, SQLiteRights.Right?>) -> SQLiteRights.Right? {
      guard let old = stored[keyPath: verb], let new = self[keyPath: verb] else {
        return stored[keyPath: verb] ?? self[keyPath: verb]
      }
      return new.added(to: old)
    }
    return Self(select: sum(\.select), insert: sum(\.insert), update: sum(\.update), delete: sum(\.delete))
  }
}

extension SQLiteRights.Right {
  fileprivate func added(to stored: Self) -> Self {
    guard rows == stored.rows else { return covers(stored) ? self : stored }
    guard let old = stored.columns, let new = columns else { return Self(rows: rows) }
    return Self(columns: old + new.filter { !old.contains($0) }, rows: rows)
  }

  private func covers(_ other: Self) -> Bool {
    guard rows == nil || rows == other.rows else { return false }
    guard let columns else { return true }
    return other.columns.map { Set(columns).isSuperset(of: $0) } ?? false
  }

  init(_ grant: TableGrant) {
    self.init()
    if case .only(let names) = grant.columns { columns = names }
    rows = grant.rows.map { SQLiteRights.RowScope(column: $0.column, value: $0.value) }
  }
}
