/// The manifest's answer for one cell of the matrix.
package enum Permission: Sendable, Hashable {
  /// Not said, so not allowed.
  case denied
  /// Allowed on every row.
  case allowed
  /// Allowed on these rows, and as if the others were not there.
  case allowedWithin(RowScope)
}

extension AccessManifest {
  /// What `account` may do. Without a column the question is whether the verb is allowed on any column at all.
  ///
  /// The administrator may do everything; an account the manifest does not know may do nothing.
  package func mayDo(_ account: String, _ verb: TableVerb, on table: String, column: String? = nil)
    -> Permission
  {
    if account == administrators.databaseAccount { return owners[table] == nil ? .denied : .allowed }
    guard let grant = databaseAccount(named: account)?.grant(verb, on: table) else { return .denied }
    if let column, !grant.columns.contains(column) { return .denied }
    return grant.rows.map(Permission.allowedWithin) ?? .allowed
  }

  /// What a cache account may do with keys that begin with `prefix`; `nil` is nothing.
  package func mayUse(_ account: String, keysWith prefix: String) -> KeyAccess? {
    cacheAccount(named: account)?.keys.first { prefix.hasPrefix($0.prefix) }?.access
  }
}
