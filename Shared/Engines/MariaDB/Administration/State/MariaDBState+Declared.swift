import AccessManifest
import MariaDBDriver
import Schema

extension MariaDBState {
  /// What the manifest declares, once the tables exist.
  init(declaredBy manifest: AccessManifest, database: String, catalog: RightsCatalog = .mariaDB) {
    self.init(database: database, catalog: catalog)
    let administrator = MariaDBGrantee(user: manifest.administrators.databaseAccount)
    tables = Set(manifest.tables.map(\.name))
    accounts[administrator] = MariaDBAccount()
    privileges = Self.privileges(ofAdministrator: administrator, in: database, catalog)
    let definitions = Dictionary(
      manifest.tables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for account in manifest.databaseAccounts {
      let grantee = MariaDBGrantee(user: account.name)
      var declared = MariaDBAccount()
      declared.limits = MariaDBLimits(account.limits, in: catalog)
      accounts[grantee] = declared
      for (name, grants) in Dictionary(grouping: account.grants, by: \.table) {
        guard let table = definitions[name] else { continue }
        for part in MariaDBTableRights.parts(of: grants, on: table, for: account.name) {
          add(part, to: grantee)
        }
      }
    }
    if !views.isEmpty {
      var definer = MariaDBAccount()
      definer.isLocked = true
      definer.login.plugin = catalog.passwords.plugin
      definer.login.verifier = catalog.passwords.unusable
      accounts[.viewDefiner] = definer
    }
  }

  private mutating func add(_ rights: MariaDBTableRights, to grantee: MariaDBGrantee) {
    let table = rights.table.name
    for grant in rights.grants {
      let relation = rights.usesView(grant) ? rights.view : table
      for place in Self.places(of: grant, on: rights.table, named: relation, in: database) {
        privileges.insert(MariaDBPrivilege(grant.verb.privilege, on: place, to: grantee))
      }
      guard relation != table else { continue }
      views[ExactText(relation)] = MariaDBView(of: rights, named: relation, in: database, catalog)
      addBasis(of: rights, named: relation)
      for verb in [grant.verb, .select] {
        privileges.insert(
          MariaDBPrivilege(verb.privilege, on: .table(database: database, name: table), to: .viewDefiner))
      }
    }
  }

  private static func places(
    of grant: TableGrant, on table: TableDefinition, named name: String, in database: String
  ) -> [MariaDBPlace] {
    let columns: [String]
    switch grant.columns {
    case .only(let names): columns = names
    case .all where grant.choosesIdentities: return [.table(database: database, name: name)]
    case .all: columns = table.columns.filter { !$0.isIdentity }.map(\.name)
    }
    return columns.map { .column(database: database, table: name, name: $0) }
  }

  // MARK: The administrator

  private static func privileges(
    ofAdministrator administrator: MariaDBGrantee, in database: String, _ catalog: RightsCatalog
  ) -> Set<MariaDBPrivilege> {
    let pattern = MariaDBPattern(of: database, isLiteral: catalog.takesNamesLiterally)
    return Set(
      catalog.serverRights.map { MariaDBPrivilege($0, on: .global, to: administrator) }
        + catalog.databaseRights.map {
          MariaDBPrivilege($0, on: .database(pattern), to: administrator)
        }
        + catalog.tablesOfRights.map {
          MariaDBPrivilege("SELECT", on: .table(database: "mysql", name: $0), to: administrator)
        })
  }
}
