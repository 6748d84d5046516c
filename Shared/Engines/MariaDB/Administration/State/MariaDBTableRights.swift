import AccessManifest
import MariaDBDriver
import Schema

/// The grants of one account on one table, and which of them need a view.
///
/// The engine has no policies for rows. Its grants on columns do not hold either: `HANDLER ... READ` shows all columns of
/// a table to an account that may select one of them, and `JOIN ... USING` compares a column that the account may not
/// read, where it may select or update another one. So an account that may read only some rows or columns has a view,
/// which HANDLER refuses and which has no hidden value, and no right to read the table.
struct MariaDBTableRights {
  let grants: [TableGrant]
  let table: TableDefinition
  /// The name of the view, where one is needed.
  let view: String

  private init(_ grants: [TableGrant], on table: TableDefinition, view: String) {
    self.grants = grants.sorted { $0.verb < $1.verb }
    self.table = table
    self.view = view
  }

  /// The rights in parts with a view each: an account that also inserts has a second view, for inserts alone.
  ///
  /// `INSERT ... ON DUPLICATE KEY UPDATE` and `REPLACE` change the row that has the same key, also one that the view
  /// hides, and every session chooses its next identity with `insert_id`. Both need a right to change rows on the view
  /// into which they insert.
  static func parts(
    of grants: [TableGrant], on table: TableDefinition, for account: String
  ) -> [MariaDBTableRights] {
    func part(_ grants: [TableGrant], isForInserts: Bool = false) -> MariaDBTableRights {
      MariaDBTableRights(
        grants, on: table,
        view: ScopedRelations.view(of: table.name, for: account, isForInserts: isForInserts))
    }
    let whole = part(grants)
    let inserts = grants.filter { $0.verb == .insert }
    let others = grants.filter { $0.verb != .insert }
    guard inserts.contains(where: whole.usesView), others.contains(where: whole.usesView) else {
      return [whole]
    }
    return [part(others), part(inserts, isForInserts: true)]
  }

  /// The rows of the view; nil for all rows.
  var scope: RowScope? { grants.lazy.compactMap(\.rows).first }

  /// Whether the account uses the view for the verb of the grant.
  func usesView(_ grant: TableGrant) -> Bool { grant.rows != nil || readsPart }

  private var readsPart: Bool {
    grants.contains { $0.verb == .select || $0.verb == .update }
      && !grants.contains { $0.verb == .select && $0.rows == nil && $0.columns == .all }
  }

  private var readsView: Bool { grants.contains { $0.verb != .insert && usesView($0) } }

  /// The index that the view forces; nil where the view has all rows, or only takes new ones.
  ///
  /// The server evaluates the caller's condition before that of the view, and a user variable carries the values of
  /// hidden rows out of it. An index that begins with the scope's column keeps those rows from being read at all.
  var index: String? {
    guard let scope, readsView else { return nil }
    if let key = table.uniqueKeys.first(where: { $0.first == scope.column }) {
      return TableDefinition.uniqueKeyName(key, in: table.name)
    }
    return table.indexes.first { $0.columns.first == scope.column && $0.condition == nil }?
      .name(on: table.name)
  }

  /// The columns whose values the view has. The others are NULL there, because a join compares what it may not read. In
  /// a view for inserts alone, each column takes a value.
  var shownColumns: Set<String> {
    guard readsView else { return Set(table.columns.map(\.name)) }
    return Set(grants.filter { $0.verb == .select }.flatMap(columns))
  }

  private func columns(of grant: TableGrant) -> [String] {
    switch grant.columns {
    case .all: table.columns.map(\.name)
    case .only(let names): names
    }
  }

  /// Why the engine cannot enforce these grants; nil where it can.
  var problem: String? {
    if let column = changedUnread { return "the account must read \(column), which it may change" }
    guard let scope else { return nil }
    let scopes = Set(grants.compactMap(\.rows))
    let unscoped = grants.filter { $0.rows == nil }
    let readsAll = unscoped.map(\.verb) == [.select] && !readsPart
    let insertsOnly = grants.allSatisfy { $0.verb == .insert || $0.rows == nil }
    guard scopes.count == 1, unscoped.isEmpty || (readsAll && insertsOnly) else {
      return
        "the verbs that read, change and delete must have the same rows"
    }
    guard scope.value.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x27 && $0 != 0x5C }) else {
      return "the value '\(scope.value)' must be printable ASCII without quotation marks and backslashes"
    }
    guard !readsView || index != nil else {
      return
        "an index must begin with \(scope.column): without one, a condition of the caller sees hidden rows"
    }
    return nil
  }

  /// A column that the account changes through the view and does not read.
  private var changedUnread: String? {
    grants.filter { $0.verb == .update && usesView($0) }.flatMap(columns)
      .first { !shownColumns.contains($0) }
  }
}
