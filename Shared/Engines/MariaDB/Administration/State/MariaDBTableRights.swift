import AccessManifest
import MariaDBDriver
import Schema

/// The grants of one account on one table, and which of them need a view.
///
/// The engine has no policies for rows. Its grants on columns do not hold either: `HANDLER ... READ` shows all columns of
/// a table to an account that may select one of them. So an account that may read only some rows or columns has a view,
/// which HANDLER refuses, and no right to read the table.
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

  /// The rights in parts with a view each: an account that adds other rows than it reads has a second view for them.
  static func parts(
    of grants: [TableGrant], on table: TableDefinition, for account: String
  ) -> [MariaDBTableRights] {
    let inserts = grants.filter { $0.verb == .insert }
    let others = grants.filter { $0.verb != .insert }
    let scopes = Set(others.compactMap(\.rows))
    guard !scopes.isEmpty, !inserts.isEmpty,
      inserts.contains(where: { $0.rows.map(scopes.contains) == false })
    else {
      return [MariaDBTableRights(grants, on: table, view: ScopedRelations.view(of: table.name, for: account))]
    }
    return [(others, false), (inserts, true)].map { grants, isForInserts in
      MariaDBTableRights(
        grants, on: table,
        view: ScopedRelations.view(of: table.name, for: account, isForInserts: isForInserts))
    }
  }

  /// The rows of the view; nil for all rows.
  var scope: RowScope? { grants.lazy.compactMap(\.rows).first }

  /// Whether the account uses the view for the verb of the grant.
  func usesView(_ grant: TableGrant) -> Bool { grant.rows != nil || readsPart }

  private var readsPart: Bool {
    grants.contains { $0.verb == .select && ($0.rows != nil || $0.columns != .all) }
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

  /// Why the engine cannot enforce these grants; nil where it can.
  var problem: String? {
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
    return takeover(within: scope)
  }

  /// `ON DUPLICATE KEY UPDATE` and `REPLACE` change the row that has the same key, and not only one of the view.
  private func takeover(within scope: RowScope) -> String? {
    let writes = grants.filter { $0.verb == .insert || $0.verb == .update }
    guard !writes.isEmpty else { return nil }
    let keys = table.uniqueKeys + table.indexes.filter(\.isUnique).map(\.columns)
    if let key = keys.first(where: { !$0.contains(scope.column) }) {
      return
        "the unique key (\(key.joined(separator: ", "))) must contain \(scope.column): without it, an insert could "
        + "take another account's row over"
    }
    guard let identity = table.identity?.name,
      writes.contains(where: { $0.columns != .all && $0.columns.contains(identity) })
    else { return nil }
    return "the account must not write \(identity): with it, an insert could take another account's row over"
  }
}
