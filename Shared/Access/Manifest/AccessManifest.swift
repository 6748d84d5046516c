import Schema

/// The rights of every account: `deploy/access.yaml`, parsed and checked.
///
/// All code that grants, compares, renders or proves rights reads this value, so the rights on two engines cannot
/// drift apart. A right that the manifest does not name is denied.
package struct AccessManifest: Sendable, Hashable {
  /// The time zone of the database's sessions.
  package static let timeZone = "UTC"

  /// The operator's own accounts.
  package let administrators: Administrators
  /// The parameters of every session of the database, by name; see ``RestrictingSetting``.
  package let databaseSettings: [String: String]
  /// The services in the manifest's order.
  package let services: [ServiceAccess]
  /// The owner of each table of the schema, by table name.
  package let owners: [String: TableOwner]
  /// The services' database accounts in the manifest's order.
  package internal(set) var databaseAccounts: [DatabaseAccount]
  /// The services' cache accounts in the manifest's order.
  package let cacheAccounts: [CacheAccount]
  /// What the manifest manages, and what belongs to others.
  package var scope = AccessScope()
  /// What the manifest declares for the lint.
  package var lint = LintDeclarations()
  /// The line of each grant.
  package let places: [GrantPlace: Int]
  /// The tables that the manifest manages: the compiled ones, or those of the live database that it names.
  package var tables: [TableDefinition] = Schema.tables
  /// Where the tables come from.
  package var source = TableSource.compiled

  /// Whether the tables are those of a database that was not made here, so that its schema is taken as given.
  package var isLive: Bool { source != .compiled }

  /// The schemas of the managed tables, sorted.
  package var schemas: [String] {
    Set(tables.map { TableName($0.name).schema }).union([TableName.home]).sorted()
  }

  /// The manifest with further database accounts: persons' own, while they are open.
  package func adding(_ accounts: [DatabaseAccount]) -> AccessManifest {
    var copy = self
    copy.databaseAccounts += accounts
    return copy
  }

  /// The database account with this name.
  package func databaseAccount(named name: String) -> DatabaseAccount? {
    databaseAccounts.first { $0.name == name }
  }

  /// The cache account with this name.
  package func cacheAccount(named name: String) -> CacheAccount? {
    cacheAccounts.first { $0.name == name }
  }

  /// The names of the tables with a grant on only some rows, sorted. These tables need row security in the engine.
  package var rowScopedTables: [String] {
    Set(databaseAccounts.flatMap(\.grants).filter { $0.rows != nil }.map(\.table)).sorted()
  }

  /// The row scopes of all grants on a table, each once, in the manifest's order.
  package func rowScopes(of table: String) -> [RowScope] {
    var seen: Set<RowScope> = []
    return databaseAccounts.flatMap(\.grants)
      .compactMap { $0.table == table ? $0.rows : nil }
      .filter { seen.insert($0).inserted }
  }

  /// The key prefixes of all cache accounts, each once, in the manifest's order.
  package var keyPrefixes: [String] {
    var seen: Set<String> = []
    return cacheAccounts.flatMap(\.keys).map(\.prefix).filter { seen.insert($0).inserted }
  }
}
