import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess

extension [Deviation] {
  /// What the proof cannot try: rights of others beside the manifest, and further passwords of an account.
  ///
  /// A right of an account, or of everyone, is tried by the account itself, unless no attempt can: `isUntried`.
  package func untriedRights(
    beside accounts: some Sequence<String>, isUntried: (Deviation) -> Bool = { _ in false }
  ) -> [UntriedRight] {
    let tried = Set(accounts).union(["PUBLIC", ""])
    return filter { deviation in
      if deviation.isNote || deviation.kind == .missing { return false }
      return !tried.contains(deviation.account) && deviation.kind == .excess
        || deviation.privilege == Deviation.passwordName || isUntried(deviation)
    }.map { UntriedRight(account: $0.account, object: $0.object, right: $0.privilege) }
  }
}

extension DatabaseAdministration {
  /// Reads what others may do in the database; nil where there are no logins.
  package func untriedRights(in administrator: Database, of site: DatabaseSite) -> UntriedRight.Reader? {
    guard checksPasswords else { return nil }
    let target = grants(in: administrator, of: site)
    let manifest = site.manifest
    let accounts = manifest.databaseAccounts.map(\.name) + [manifest.administrators.databaseAccount]
    return { try await target.verify().untriedRights(beside: accounts, isUntried: isUntried) }
  }
}
