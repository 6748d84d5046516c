import AccessManifest
import AccessPlanning

/// What the engine cannot express of a manifest.
extension MariaDBGrants {
  /// The longest name of a view.
  private static let longestName = 64

  func checkEnforceable() throws(AccessError) {
    guard !manifest.isLive else {
      throw .unsupported("a manifest with 'schema: live' is not supported on \(name)")
    }
    guard manifest.databaseSettings.isEmpty else {
      throw .unsupported("\(name) has no settings of a database: remove them from 'database' of the manifest")
    }
    for account in manifest.databaseAccounts { try checkEnforceable(account) }
  }

  private func checkEnforceable(_ account: DatabaseAccount) throws(AccessError) {
    guard account.settings.isEmpty else {
      throw .unsupported("\(name) has no settings of an account: remove those of \(account.name)")
    }
    for (name, grants) in Dictionary(grouping: account.grants, by: \.table) {
      guard let table = manifest.tables.first(where: { $0.name == name }) else { continue }
      for rights in MariaDBTableRights.parts(of: grants, on: table, for: account.name) {
        if let problem = rights.problem {
          throw .unsupported("the rows of \(account.name) in \(name) on \(self.name): \(problem)")
        }
        guard !rights.grants.contains(where: rights.usesView) || rights.view.utf8.count <= Self.longestName
        else {
          throw .unsupported("the view \(rights.view) has a name of more than \(Self.longestName) bytes")
        }
      }
    }
  }
}
