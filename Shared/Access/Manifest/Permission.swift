/// The manifest's permission for one cell of the access matrix.
package enum Permission: Sendable, Hashable {
  /// The manifest has no grant.
  case denied
  /// Allowed on every row.
  case allowed
  /// Allowed on these rows; the other rows are invisible.
  case allowedWithin(RowScope)
}

extension AccessManifest {
  /// The permission of `account` for a verb on a table. Without a column: the permission on any of its columns.
  ///
  /// The administrator may do everything. An account that is not in the manifest may do nothing.
  package func mayDo(_ account: String, _ verb: TableVerb, on table: String, column: String? = nil)
    -> Permission
  {
    if account == administrators.databaseAccount { return owners[table] == nil ? .denied : .allowed }
    guard let grant = databaseAccount(named: account)?.grant(verb, on: table) else { return .denied }
    if let column, !grant.columns.contains(column) { return .denied }
    return grant.rows.map(Permission.allowedWithin) ?? .allowed
  }

  /// The access of a cache account to keys that begin with `prefix`; nil where it has none.
  package func mayUse(_ account: String, keysWith prefix: String) -> KeyAccess? {
    mayUse(account, keysWith: Array(prefix.utf8))
  }

  /// The access of a cache account to keys that begin with these bytes; nil where it has none.
  package func mayUse(_ account: String, keysWith prefix: [UInt8]) -> KeyAccess? {
    cacheAccount(named: account)?.keys.first { prefix.starts(with: $0.prefix.utf8) }?.access
  }
}
