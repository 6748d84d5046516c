/// Who may do what: `deploy/access.yaml`, parsed and checked.
///
/// Everything that grants, compares, renders or proves rights starts from this value, so that the rights of two
/// engines cannot drift apart. Anything it does not say is denied.
package struct AccessManifest: Sendable, Hashable {
  /// The operator's own accounts.
  package let administrators: Administrators
  /// The services in the manifest's order.
  package let services: [ServiceAccess]
  /// Whose each table is; every table of the schema is in here.
  package let owners: [String: TableOwner]
  /// The services' database accounts in the manifest's order.
  package let databaseAccounts: [DatabaseAccount]
  /// The services' cache accounts in the manifest's order.
  package let cacheAccounts: [CacheAccount]

  /// The database account of that name.
  package func databaseAccount(named name: String) -> DatabaseAccount? {
    databaseAccounts.first { $0.name == name }
  }

  /// The cache account of that name.
  package func cacheAccount(named name: String) -> CacheAccount? {
    cacheAccounts.first { $0.name == name }
  }

  /// The tables on which some account is granted only some rows, by name. They need row security in the engine.
  package var rowScopedTables: [String] {
    Set(databaseAccounts.flatMap(\.grants).filter { $0.rows != nil }.map(\.table)).sorted()
  }

  /// The scopes that accounts have on a table, each once, in the manifest's order.
  package func rowScopes(of table: String) -> [RowScope] {
    var seen: Set<RowScope> = []
    return databaseAccounts.flatMap(\.grants)
      .compactMap { $0.table == table ? $0.rows : nil }
      .filter { seen.insert($0).inserted }
  }

  /// Every key prefix that some cache account has, each once, in the manifest's order.
  package var keyPrefixes: [String] {
    var seen: Set<String> = []
    return cacheAccounts.flatMap(\.keys).map(\.prefix).filter { seen.insert($0).inserted }
  }
}
